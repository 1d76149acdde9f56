// The data of unicode.cpp. Runs hold one character for each code point from the named one on ('.'
// or
// '?': no other); pairs hold a character and what it stands for.
#pragma once

#include <string_view>
#include <vector>

namespace weir::domain::unicode {

extern const std::u32string_view latin_00c0;          ///< letters without their marks
extern const std::u32string_view latin_1e00;          ///< the same
extern const std::u32string_view radicals_2f00;       ///< Kangxi radicals
extern const std::u32string_view compatibility_f900;  ///< CJK compatibility ideographs
extern const std::u32string_view small_fe50;          ///< small form variants
extern const std::u32string_view letter_pairs;        ///< letter-like, superscripts, subscripts
extern const std::u32string_view confusable_pairs;   ///< Cyrillic, Greek and others that look Latin
extern const std::u32string_view punctuation_pairs;  ///< quotes, dashes, dots
extern const std::u32string_view traditional_pairs;  ///< of the characters our lexicons use
extern const std::vector<char32_t> digit_zeros;      ///< the zero of each script's decimal digits

}  // namespace weir::domain::unicode
