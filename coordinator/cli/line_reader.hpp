// The lines of a file one at a time, however large the file is.
#pragma once

#include "coordinator/cli/descriptor.hpp"
#include "schema/types/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace weir::cli {

class LineReader {
 public:
  /// `line_bytes_max` bounds a line, and so the memory.
  /// errors  invalid_config: not readable, or not a regular file.
  static Result<LineReader> open(const std::string& file, std::size_t line_bytes_max);

  enum class Read : std::uint8_t { line, end, too_long, failed };
  /// After anything but `line` it says the same again.
  Read next();
  /// Without its line feed; valid until next().
  std::string_view text() const { return text_; }
  std::uint64_t number() const { return number_; }  ///< of the line, from 1
  std::uint64_t offset() const { return offset_; }  ///< where the line begins, in bytes
  bool terminated() const { return terminated_; }   ///< false: the file ends without a line feed
  std::uint64_t read_bytes() const { return offset_ + text_.size() + (terminated_ ? 1 : 0); }

 private:
  LineReader(Descriptor file, std::size_t line_bytes_max)
      : file_{std::move(file)}, line_bytes_max_{line_bytes_max} {}
  bool fill();

  Descriptor file_;
  std::size_t line_bytes_max_;
  std::string buffer_;
  std::size_t begin_ = 0;  ///< of what was not given out, in buffer_
  std::string_view text_;
  std::uint64_t number_ = 0, offset_ = 0, buffer_offset_ = 0;
  bool terminated_ = false, eof_ = false;
  Read ended_ = Read::line;
};

}  // namespace weir::cli
