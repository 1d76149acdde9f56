// Finds the token counts in an answer that passes by, without holding a stream's text.
#pragma once

#include "schema/types/messages.hpp"

#include <cstddef>
#include <span>
#include <string>

namespace weir::engines {

/// Streams: only the last bytes are kept, for the usage event comes at the end. Whole answers are
/// kept up to a bound; a longer one has no usage.
class UsageWatch {
 public:
  static constexpr std::size_t tail_bytes = 16 * 1024;
  static constexpr std::size_t answer_bytes_max = 16U << 20U;

  explicit UsageWatch(bool stream) : stream_{stream} {}
  void feed(std::span<const std::byte> bytes);
  /// Zero tokens where the engine did not say. O(kept bytes).
  Usage usage() const;

 private:
  bool stream_;
  bool overflowed_ = false;
  std::string kept_;
};

}  // namespace weir::engines
