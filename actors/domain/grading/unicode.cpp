#include "actors/domain/grading/unicode.hpp"

#include "actors/domain/grading/unicode_tables.hpp"

#include <array>
#include <memory>
#include <unordered_map>

namespace weir::domain {
namespace {

struct Range {
  char32_t first, last;
};

/// Nothing to a reader: format characters, joiners, variation selectors, combining marks.
constexpr Range invisible[] = {
    {0xAD, 0xAD},       {0x300, 0x36F},    {0x483, 0x489},   {0x591, 0x5BD},     {0x5BF, 0x5BF},
    {0x5C1, 0x5C2},     {0x5C4, 0x5C5},    {0x5C7, 0x5C7},   {0x610, 0x61A},     {0x61C, 0x61C},
    {0x64B, 0x65F},     {0x670, 0x670},    {0x6D6, 0x6DC},   {0x115F, 0x1160},   {0x17B4, 0x17B5},
    {0x180B, 0x180F},   {0x1AB0, 0x1AFF},  {0x1DC0, 0x1DFF}, {0x200B, 0x200F},   {0x202A, 0x202E},
    {0x2060, 0x206F},   {0x20D0, 0x20F0},  {0x3164, 0x3164}, {0xFE00, 0xFE0F},   {0xFE20, 0xFE2F},
    {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},  {0xFFF9, 0xFFFC}, {0x1D165, 0x1D182}, {0xE0000, 0xE001F},
    {0xE007F, 0xE0FFF}, {0x1BCA0, 0x1BCA3}};

constexpr bool blank(char32_t c) {
  return c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x202F || c == 0x205F ||
         c == 0x3000 || c == 0x2800;
}

Folded one(char32_t c) { return {{c, 0}, 1}; }

Folded number(char32_t n) {
  return n < 10 ? one('0' + n) : Folded{{'0' + n / 10, '0' + n % 10}, 2};
}

char32_t letter(char32_t n, bool capital) { return (capital ? U'A' : U'a') + n; }

/// Circled, parenthesised and full-stopped numbers and letters; 0: none of them.
Folded enclosed(char32_t c) {
  if (c >= 0x2460 && c <= 0x2473) return number(c - 0x2460 + 1);
  if (c >= 0x2474 && c <= 0x2487) return number(c - 0x2474 + 1);
  if (c >= 0x2488 && c <= 0x249B) return number(c - 0x2488 + 1);
  if (c >= 0x249C && c <= 0x24B5) return one(letter(c - 0x249C, false));
  if (c >= 0x24B6 && c <= 0x24CF) return one(letter(c - 0x24B6, true));
  if (c >= 0x24D0 && c <= 0x24E9) return one(letter(c - 0x24D0, false));
  if (c == 0x24EA || c == 0x24FF) return one('0');
  if (c >= 0x24F5 && c <= 0x24FE) return number(c - 0x24F5 + 1);
  if (c >= 0x2776 && c <= 0x2793) return number((c - 0x2776) % 10 + 1);
  if (c >= 0x3251 && c <= 0x325F) return number(c - 0x3251 + 21);
  if (c >= 0x3220 && c <= 0x3228) return one(U"一二三四五六七八九"[c - 0x3220]);
  if (c >= 0x3280 && c <= 0x3288) return one(U"一二三四五六七八九"[c - 0x3280]);
  if (c >= 0x1F101 && c <= 0x1F10A) return one('0' + c - 0x1F101);
  for (const char32_t first : {0x1F110u, 0x1F130u, 0x1F150u, 0x1F170u, 0x1F1E6u})
    if (c >= first && c < first + 26) return one(letter(c - first, true));
  return {{0, 0}, 0};
}

Folded folded(char32_t c, const std::unordered_map<char32_t, char32_t>& pairs) {
  for (const auto& range : invisible)
    if (c >= range.first && c <= range.last) return {{0, 0}, 0};
  if (blank(c)) return one(' ');
  if (c == 0x2028 || c == 0x2029 || c == 0x85) return one('\n');
  if (c >= 0xFF01 && c <= 0xFF5E) return one(c - 0xFF01 + 0x21);
  if (c == 0xFFE5) return one(0xA5);
  if (c >= 0xE0020 && c <= 0xE007E) return one(c - 0xE0000);  // tags: hidden ASCII
  if (c >= 0x1D400 && c <= 0x1D6A3) {
    const auto n = (c - 0x1D400) % 52;
    return one(n < 26 ? letter(n, true) : letter(n - 26, false));
  }
  if (c >= 0x1D7CE && c <= 0x1D7FF) return one('0' + (c - 0x1D7CE) % 10);
  if (c >= 0x1FBF0 && c <= 0x1FBF9) return one('0' + c - 0x1FBF0);
  if (const auto e = enclosed(c); e.count != 0) return e;
  for (const char32_t zero : unicode::digit_zeros)
    if (c >= zero && c < zero + 10) return one('0' + c - zero);
  const auto run = [&](char32_t first, std::u32string_view values) -> char32_t {
    const bool in = c >= first && c - first < values.size();
    return !in || values[c - first] == U'.' || values[c - first] == U'?' ? 0 : values[c - first];
  };
  char32_t to = c;
  if (const auto v = run(0xC0, unicode::latin_00c0)) to = v;
  if (const auto v = run(0x1E00, unicode::latin_1e00)) to = v;
  if (const auto v = run(0x2F00, unicode::radicals_2f00)) to = v;
  if (const auto v = run(0xF900, unicode::compatibility_f900)) to = v;
  if (c >= 0xFE50 && c - 0xFE50 < unicode::small_fe50.size()) to = unicode::small_fe50[c - 0xFE50];
  if (const auto found = pairs.find(to); found != pairs.end()) to = found->second;
  return one(to);
}

/// Every answer for the planes that hold them, computed once.
class Table {
 public:
  Table() {
    std::unordered_map<char32_t, char32_t> pairs;
    for (const auto all : {unicode::traditional_pairs, unicode::punctuation_pairs,
                           unicode::confusable_pairs, unicode::letter_pairs})
      for (std::size_t i = 0; i + 1 < all.size(); i += 2) pairs[all[i]] = all[i + 1];
    for (char32_t c = 0; c < size; ++c) {
      const auto f = c < 0x80 ? one(c) : folded(c, pairs);
      to_[c] = f.points[0] | f.points[1] << 21 | static_cast<std::uint32_t>(f.count) << 28;
      // Numerals and the full stop are read by what stands around them.
      if (f.count != 1 || f.points[0] != c || chinese_digit(c) >= 0 || c == U'。')
        changed_[c / 64] |= std::uint64_t{1} << c % 64;
    }
  }
  static constexpr char32_t size = 0x20000;
  const std::uint64_t* changed() const { return changed_.data(); }
  Folded at(char32_t c) const {
    const auto v = to_[c];
    return {{v & 0x1FFFFF, v >> 21 & 0x7F}, static_cast<std::uint8_t>(v >> 28)};
  }

 private:
  std::array<std::uint64_t, size / 64> changed_{};
  std::array<std::uint32_t, size> to_{};  ///< the point, a second one (ASCII), their count
};

const Table& table() {
  static const auto all = std::make_unique<const Table>();
  return *all;
}

}  // namespace

Decoded decode_other(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const auto left = text.size() - at;
  const unsigned lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  const std::size_t n = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || left < n) return {};
  char32_t point = lead & (0xFFu >> (n + 1));
  for (std::size_t i = 1; i < n; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    point = point << 6 | (byte(i) & 0x3Fu);
  }
  constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  if (point < least[n] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return {};
  return {point, static_cast<std::uint8_t>(n), true};
}

std::size_t encode_utf8(char32_t point, char* out) {
  if (point < 0x80) {
    out[0] = static_cast<char>(point);
    return 1;
  }
  const std::size_t n = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  for (std::size_t i = n - 1; i > 0; --i, point >>= 6)
    out[i] = static_cast<char>(0x80 | (point & 0x3F));
  out[0] = static_cast<char>((n == 2 ? 0xC0 : n == 3 ? 0xE0 : 0xF0) | point);
  return n;
}

FoldBits fold_bits() { return FoldBits{table().changed()}; }

Folded fold(char32_t point) {
  if (point < Table::size) return table().at(point);
  if (point >= 0xE0020 && point <= 0xE007E) return one(point - 0xE0000);
  if (point >= 0xE0000 && point <= 0xE0FFF) return {{0, 0}, 0};
  return one(point);
}

int chinese_digit(char32_t point) {
  constexpr std::u32string_view small = U"零一二三四五六七八九", formal = U"〇壹贰叁肆伍陆柒捌玖";
  if (point != 0x3007 && (point < 0x4E00 || point > 0x9FFF)) return -1;
  if (const auto at = small.find(point); at != small.npos) return static_cast<int>(at);
  if (const auto at = formal.find(point); at != formal.npos) return static_cast<int>(at);
  return point == U'幺' ? 1 : -1;
}

}  // namespace weir::domain
