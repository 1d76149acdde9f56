// Finds the token counts in an answer that passes by, without holding a stream's text. Reads the
// answers of OpenAI, Anthropic and Ollama.
#pragma once

#include "schema/dialect/anthropic_terms.hpp"
#include "schema/types/messages.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace weir::engines {

/// Streams, SSE or one JSON document a line, are read line by line; a line longer than
/// `line_bytes_max` has no usage, but for Ollama's, whose counts stand in its last bytes. Whole
/// answers are kept up to a bound; a longer one has no usage.
class UsageWatch {
 public:
  static constexpr std::size_t line_bytes_max = 16 * 1024;
  static constexpr std::size_t line_end_bytes = 1024;  ///< kept of a longer line
  static constexpr std::size_t answer_bytes_max = 16U << 20U;

  explicit UsageWatch(bool stream) : stream_{stream} {}
  void feed(std::span<const std::byte> bytes);
  /// Zero tokens where the engine did not say; of a stream, what it said last. O(kept bytes).
  Usage usage() const;
  /// What a stream has said so far; zero tokens of a whole answer. O(1).
  Usage so_far() const { return said_; }
  /// Events of a stream so far that carry a piece of the answer: an engine makes at least one
  /// token for each of them, but for the first and the last ones.
  std::uint64_t pieces() const { return pieces_; }

 private:
  void feed_lines(std::string_view bytes);
  void line(std::string_view line);
  void long_line_ended();

  bool stream_;
  bool overflowed_ = false;  ///< of the whole answer, or of the line
  std::string kept_;         ///< the whole answer, or the line so far
  std::uint64_t pieces_ = 0;
  Usage said_;
  dialect::anthropic::TokenCounts counts_;
};

}  // namespace weir::engines
