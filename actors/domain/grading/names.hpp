// Names of people: Chinese surnames and what given names are written with, English first and last
// names. Lookups take folded text: simplified characters, Latin letters without marks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weir::domain::names {

enum class Surname : std::uint8_t {
  none,
  common,  ///< one of the hundred most frequent, rarely a word's beginning
  rare,
  ambiguous,  ///< far more often the beginning of a word
};
Surname surname(char32_t c);
/// A surname of two characters.
bool compound(char32_t first, char32_t second);
/// Whether some surname begins with it.
bool may_begin(char32_t c);
/// The end of the run of characters of three bytes from `at` on with which no surname begins.
std::size_t plain_end(std::string_view text, std::size_t at);
/// Characters that are frequent in given names.
bool given(char32_t c);
/// Characters that are in nobody's name.
bool never(char32_t c);
/// May stand directly before, or directly after, a name within a sentence.
bool soft_before(char32_t c);
bool soft_after(char32_t c);
/// Whether `text` begins with a word that is no name though it begins with a surname; also people
/// whom everybody knows.
bool word(std::string_view text);

bool first(std::string_view lowered);
/// First names that are words, places or months too.
bool both(std::string_view lowered);
bool last(std::string_view lowered);
bool pinyin_surname(std::string_view lowered);
/// Whether it is one or two syllables of pinyin.
bool pinyin(std::string_view lowered);
/// Words with a capital that no name is made of: months, companies, places.
bool never(std::string_view lowered);

}  // namespace weir::domain::names
