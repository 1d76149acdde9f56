// What a character is to the detector: disguises of letters, digits and Chinese characters read as
// what they stand for. NFKC of what matters here, confusables and traditional characters in our own
// tables: ICU would do NFKC alone, with an offset map of our own anyway and 30 MB of data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weir::domain {

struct Decoded {
  char32_t point = 0;
  std::uint8_t bytes = 1;
  bool valid = false;
};
/// decode_utf8 of what is not three bytes of a CJK character.
Decoded decode_other(std::string_view text, std::size_t at);
/// The character at `at` < text.size(). Bytes that are no UTF-8 are invalid, one at a time.
inline Decoded decode_utf8(std::string_view text, std::size_t at) {
  if (text.size() - at >= 3) {
    const unsigned a = static_cast<unsigned char>(text[at]);
    const unsigned b = static_cast<unsigned char>(text[at + 1]);
    const unsigned c = static_cast<unsigned char>(text[at + 2]);
    if (a >= 0xE3 && a <= 0xE9 && (b & 0xC0) == 0x80 && (c & 0xC0) == 0x80)
      return {(a & 0xF) << 12 | (b & 0x3F) << 6 | (c & 0x3F), 3, true};
  }
  return decode_other(text, at);
}

/// Appends `point` as UTF-8; returns the bytes written, 1 .. 4. `out` has room for 4.
std::size_t encode_utf8(char32_t point, char* out);

/// What stands for one character; `count` 0: nothing (zero-width, combining marks).
struct Folded {
  char32_t points[2] = {0, 0};
  std::uint8_t count = 1;
};
Folded fold(char32_t point);
/// Whether fold(point) is `point` itself, wherever it stands: false for Chinese numerals and 。
/// too. Constant time, one look.
class FoldBits {
 public:
  explicit FoldBits(const std::uint64_t* bits) : bits_{bits} {}
  bool folds_to_itself(char32_t point) const {
    constexpr char32_t size = 0x20000;
    if (point < size) return (bits_[point / 64] >> point % 64 & 1) == 0;
    return point < 0xE0000 || point > 0xE0FFF;
  }

 private:
  const std::uint64_t* bits_;
};
FoldBits fold_bits();

/// 0 .. 9 of a Chinese numeral (also 壹贰 and 〇, 两 is none); -1 of others.
int chinese_digit(char32_t point);

}  // namespace weir::domain
