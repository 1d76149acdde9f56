#include "actors/domain/redaction/forged.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace weir::domain {
namespace {

constexpr std::size_t inside_bytes_max = 128;
constexpr std::string_view escaped_open = "\\u27e6", escaped_close = "\\u27e7";

/// One character: its code point, bytes that are not UTF-8 for themselves.
struct Character {
  char32_t point = 0;
  std::size_t bytes = 1;
};

Character character_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const char32_t first = byte(0);
  const std::size_t bytes = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (bytes == 1 || at + bytes > text.size()) return {first, 1};
  char32_t point = first & (0x7FU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return {first, 1};
    point = point << 6U | (byte(i) & 0x3FU);
  }
  return {point, bytes};
}

bool within(char32_t point, char32_t first, char32_t last) {
  return first <= point && point <= last;
}

/// Spaces, marks, and what nobody sees.
bool passed_over(char32_t point) {
  static constexpr std::array<std::pair<char32_t, char32_t>, 20> ranges{
      {{0x09, 0x0D},     {0x20, 0x20},     {0x85, 0x85},     {0xA0, 0xA0},     {0xAD, 0xAD},
       {0x300, 0x36F},   {0x61C, 0x61C},   {0x115F, 0x1160}, {0x17B4, 0x17B5}, {0x180B, 0x180F},
       {0x2000, 0x200F}, {0x2028, 0x202F}, {0x205F, 0x206F}, {0x3000, 0x3000}, {0x3164, 0x3164},
       {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF}, {0xFFA0, 0xFFA0}, {0xFFF9, 0xFFFB}, {0xE0000, 0xE0FFF}}};
  return std::any_of(ranges.begin(), ranges.end(), [point](const auto& range) {
    return within(point, range.first, range.second);
  });
}

/// The letter P or I that a character is or looks like; 0 for others.
char letter_of(char32_t point) {
  static constexpr std::u32string_view like_p = U"\u03A1\u03C1\u0420\u0440\u2119\u1D18\u13E2";
  static constexpr std::u32string_view like_i =
      U"\u0399\u03B9\u0406\u0456\u0131\u026A\u04C0\u2160\u2170\u2110\u2111\u2139\u2148|";
  if (like_p.find(point) != std::u32string_view::npos) return 'P';
  if (like_i.find(point) != std::u32string_view::npos || point == 'l') return 'I';
  char32_t letter = point;
  if (within(point, 'a', 'z')) letter = point - 'a' + 'A';
  if (within(point, 0xFF21, 0xFF3A)) letter = point - 0xFF21 + 'A';
  if (within(point, 0xFF41, 0xFF5A)) letter = point - 0xFF41 + 'A';
  if (within(point, 0x24B6, 0x24E9)) letter = (point - 0x24B6) % 26 + 'A';
  if (within(point, 0x1D400, 0x1D6A3)) letter = (point - 0x1D400) % 26 + 'A';
  return letter == 'P' || letter == 'I' ? static_cast<char>(letter) : '\0';
}

/// The bytes of a bracket at `at`: one of two characters, or the JSON escape; 0 for none.
std::size_t bracket_at(std::string_view text, std::size_t at, char32_t first, char32_t second,
                       std::string_view escaped) {
  const auto here = character_at(text, at);
  if (here.point == first || here.point == second) return here.bytes;
  const auto same = [](char a, char b) { return a == b || (a == 'E' && b == 'e'); };
  const auto word = text.substr(at, escaped.size());
  return std::equal(word.begin(), word.end(), escaped.begin(), escaped.end(), same) ? word.size()
                                                                                    : 0;
}
std::size_t open_at(std::string_view text, std::size_t at) {
  return bracket_at(text, at, 0x27E6, 0x301A, escaped_open);
}
std::size_t close_at(std::string_view text, std::size_t at) {
  return bracket_at(text, at, 0x27E7, 0x301B, escaped_close);
}

/// Where "PII" ends that begins at `at`; 0 for none.
std::size_t word_end(std::string_view text, std::size_t at) {
  constexpr std::string_view word = "PII";
  std::size_t letters = 0;
  while (at < text.size() && letters < word.size()) {
    const auto [point, bytes] = character_at(text, at);
    if (letter_of(point) == word[letters]) {
      ++letters;
    } else if (!passed_over(point)) {
      return 0;
    }
    at += bytes;
  }
  return letters == word.size() ? at : 0;
}

/// Where the forged placeholder ends whose "PII" ends at `at`.
std::size_t forged_end(std::string_view text, std::size_t at) {
  const auto limit = std::min(text.size(), at + inside_bytes_max);
  for (auto here = at; here < limit; here += character_at(text, here).bytes) {
    if (const auto bytes = close_at(text, here); bytes != 0) return here + bytes;
    if (text[here] == '\n' || open_at(text, here) != 0) break;
  }
  for (auto here = at; here < text.size();) {
    const auto [point, bytes] = character_at(text, here);
    here += bytes;
    if (point == ':' || point == 0xFF1A) return here;
    if (!passed_over(point)) break;
  }
  return at;
}

}  // namespace

std::vector<TextRange> forged_placeholders(std::string_view text) {
  std::vector<TextRange> found;
  for (std::size_t at = 0; at < text.size();) {
    at = text.find_first_of("\xE2\xE3\\", at);
    if (at == std::string_view::npos) break;
    const auto open = open_at(text, at);
    const auto word = open == 0 ? 0 : word_end(text, at + open);
    if (word == 0) {
      at += open == 0 ? character_at(text, at).bytes : open;
      continue;
    }
    const auto end = forged_end(text, word);
    found.push_back({at, end});
    at = end;
  }
  return found;
}

}  // namespace weir::domain
