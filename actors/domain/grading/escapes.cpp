// Escapes inside a text: \n \" \u0041 \x41, %41, &#65; &#x41; &quot; and each of them nested in
// itself.
#include "actors/domain/grading/layer.hpp"
#include "actors/domain/grading/unicode.hpp"

#include <algorithm>
#include <array>

namespace weir::domain {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// The value of exactly `digits` hex digits; -1: they are not there.
int hex_at(std::string_view text, std::size_t at, std::size_t digits) {
  if (at > text.size() || text.size() - at < digits) return -1;
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const int v = hex_value(text[at + i]);
    if (v < 0) return -1;
    value = value * 16 + v;
  }
  return value;
}

Escape point(char32_t c, std::size_t in) {
  Escape e;
  e.in = in;
  e.point = c < 0xD800 || (c > 0xDFFF && c <= 0x10FFFF) ? c : U'?';
  if (e.point < 0x20 && e.point != '\n' && e.point != '\t') e.point = ' ';
  return e;
}

/// Of `\uXXXX` at the `u`; pairs of surrogates are one character.
Escape unicode_escape(std::string_view text, std::size_t at, std::size_t before) {
  if (at + 1 < text.size() && text[at + 1] == '{') {
    char32_t c = 0;
    std::size_t i = at + 2;
    for (; i < text.size() && i < at + 8 && hex_value(text[i]) >= 0; ++i)
      c = c * 16 + static_cast<char32_t>(hex_value(text[i]));
    return i < text.size() && i > at + 2 && text[i] == '}' ? point(c, before + i + 1 - at)
                                                           : Escape{};
  }
  const int high = hex_at(text, at + 1, 4);
  if (high < 0) return {};
  if (high >= 0xD800 && high <= 0xDBFF) {
    std::size_t next = at + 5;
    while (next < text.size() && next < at + 5 + before && text[next] == '\\') ++next;
    const bool second = next > at + 5 && next < text.size() && text[next] == 'u';
    const int low = second ? hex_at(text, next + 1, 4) : -1;
    if (low >= 0xDC00 && low <= 0xDFFF)
      return point(static_cast<char32_t>(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)),
                   before + next + 5 - at);
  }
  return point(static_cast<char32_t>(high), before + 5);
}

/// A run of backslashes is one, however deep the texts were nested.
Escape backslash(std::string_view text, std::size_t at) {
  constexpr std::size_t nested_max = 64;
  std::size_t i = at;
  while (i < text.size() && i - at < nested_max && text[i] == '\\') ++i;
  if (i >= text.size()) return {};
  const auto before = i - at;
  switch (text[i]) {
    case 'n':
    case 'r':
      return point('\n', before + 1);
    case 't':
      return point('\t', before + 1);
    case '"':
    case '\'':
    case '/':
      return point(static_cast<char32_t>(text[i]), before + 1);
    case 'u':
      return unicode_escape(text, i, before);
    case 'x':
      if (const int v = hex_at(text, i + 1, 2); v >= 0)
        return point(static_cast<char32_t>(v), before + 3);
      return {};
    default:
      return {};
  }
}

/// The byte that `%` at `at` stands for, `%25` before digits being a `%` again; -1: none.
int percent_byte(std::string_view text, std::size_t at, std::size_t& end) {
  constexpr std::size_t nested_max = 64;
  std::size_t i = at + 1;
  for (std::size_t n = 0;
       n < nested_max && hex_at(text, i, 2) == 0x25 && hex_at(text, i + 2, 2) >= 0; ++n)
    i += 2;
  end = i + 2;
  return at < text.size() && text[at] == '%' ? hex_at(text, i, 2) : -1;
}

Escape percent(std::string_view text, std::size_t at) {
  std::size_t end = 0;
  const int first = percent_byte(text, at, end);
  if (first < 0) return {};
  if (first < 0x80) {
    if (first < 0x20 && first != '\n' && first != '\t' && first != '\r') return {};
    return point(static_cast<char32_t>(first), end - at);
  }
  Escape e;
  const std::size_t n = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  e.bytes[0] = static_cast<char>(first);
  for (std::size_t i = 1; i < n; ++i) {
    const int v = percent_byte(text, end, end);
    if (v < 0x80) return {};
    e.bytes[i] = static_cast<char>(v);
  }
  const auto decoded = decode_utf8({e.bytes, n}, 0);
  return decoded.valid && decoded.bytes == n ? point(decoded.point, end - at) : Escape{};
}

struct Entity {
  std::string_view name;
  char32_t point;
};
constexpr std::array entities{
    Entity{"lt;", '<'},     Entity{"gt;", '>'},     Entity{"quot;", '"'},    Entity{"apos;", '\''},
    Entity{"nbsp;", ' '},   Entity{"commat;", '@'}, Entity{"period;", '.'},  Entity{"colon;", ':'},
    Entity{"lowbar;", '_'}, Entity{"hyphen;", '-'}, Entity{"plus;", '+'},    Entity{"sol;", '/'},
    Entity{"equals;", '='}, Entity{"ensp;", ' '},   Entity{"emsp;", ' '},    Entity{"yen;", 0xA5},
    Entity{"dollar;", '$'}, Entity{"Tab;", '\t'},   Entity{"NewLine;", '\n'}};

Escape entity(std::string_view text, std::size_t at) {
  constexpr std::size_t nested_max = 64, digits_max = 9;
  std::size_t i = at + 1;
  for (std::size_t n = 0; n < nested_max && text.substr(i, 4) == "amp;"; ++n) i += 4;
  if (text.substr(i, 1) != "#") {
    for (const auto& e : entities)
      if (text.substr(i, e.name.size()) == e.name) return point(e.point, i + e.name.size() - at);
    return i > at + 1 ? point('&', i - at) : Escape{};
  }
  const bool hex = i + 1 < text.size() && (text[i + 1] == 'x' || text[i + 1] == 'X');
  const std::size_t first = i + (hex ? 2 : 1);
  char32_t value = 0;
  std::size_t d = first;
  for (; d < text.size() && d - first < digits_max; ++d) {
    const int v = hex_value(text[d]);
    if (v < 0 || (!hex && v > 9)) break;
    value = std::min<char32_t>(value * (hex ? 16 : 10) + static_cast<char32_t>(v), 0x110000);
  }
  if (d == first) return {};
  return point(value, d - at + (d < text.size() && text[d] == ';' ? 1 : 0));
}

}  // namespace

Escape escape_at(std::string_view text, std::size_t at) {
  switch (text[at]) {
    case '\\':
      return backslash(text, at);
    case '%':
      return percent(text, at);
    case '&':
      return entity(text, at);
    default:
      return {};
  }
}

}  // namespace weir::domain
