// Offsets in code points, as people and Python count them.
#pragma once

#include <cstddef>
#include <string_view>

namespace weir {

/// Walks a UTF-8 text once: each call asks for an offset that is not before the last one. A byte
/// that begins no character counts with the one before it.
class CodePoints {
 public:
  explicit CodePoints(std::string_view text) : text_{text} {}

  /// How many code points begin before `byte`. O(bytes since the last call).
  std::size_t before(std::size_t byte) {
    for (; at_ < byte && at_ < text_.size(); ++at_)
      if ((static_cast<unsigned char>(text_[at_]) & 0xC0U) != 0x80U) ++points_;
    return points_;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t points_ = 0;
};

}  // namespace weir
