#include "coordinator/cli/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace weir::cli {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";
/// A column that shrinks is not clipped further while others can be.
constexpr std::size_t narrow_columns = 8;
constexpr std::string_view ellipsis = "\xE2\x80\xA6";

struct Point {
  std::uint32_t code = 0;
  std::size_t bytes = 1;
  bool valid = false;
};

/// The code point that begins `text`, which is not empty.
Point first_point(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) return {};
  std::uint32_t code = lead & (0x7FU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return {};
    code = code << 6U | (byte(i) & 0x3FU);
  }
  constexpr std::array<std::uint32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < least.at(bytes) || code > 0x10FFFF || surrogate) return {};
  return {code, bytes, true};
}

/// Controls, and marks that reorder or hide what follows them.
bool commands_terminal(std::uint32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x202A && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069) || code == 0x200E || code == 0x200F || code == 0xFEFF;
}

std::size_t columns_of(std::uint32_t code) {
  using Range = std::pair<std::uint32_t, std::uint32_t>;
  constexpr std::array<Range, 14> wide{{{0x1100, 0x115F},
                                        {0x231A, 0x231B},
                                        {0x2E80, 0x303E},
                                        {0x3041, 0xA4CF},
                                        {0xA960, 0xA97F},
                                        {0xAC00, 0xD7A3},
                                        {0xF900, 0xFAFF},
                                        {0xFE30, 0xFE6F},
                                        {0xFF00, 0xFF60},
                                        {0xFFE0, 0xFFE6},
                                        {0x1F300, 0x1F64F},
                                        {0x1F680, 0x1F6FF},
                                        {0x1F900, 0x1FAFF},
                                        {0x20000, 0x3FFFD}}};
  constexpr std::array<Range, 8> none{{{0x300, 0x36F},
                                       {0x483, 0x489},
                                       {0x591, 0x5BD},
                                       {0x64B, 0x65F},
                                       {0x1AB0, 0x1AFF},
                                       {0x200B, 0x200D},
                                       {0x20D0, 0x20FF},
                                       {0xFE00, 0xFE0F}}};
  const auto in = [code](const Range& r) { return code >= r.first && code <= r.second; };
  if (std::any_of(none.begin(), none.end(), in)) return 0;
  return std::any_of(wide.begin(), wide.end(), in) ? 2 : 1;
}

/// The longest beginning of `text` that fits `width` columns, in bytes.
std::size_t fitting(std::string_view text, std::size_t width) {
  std::size_t at = 0;
  for (std::size_t used = 0; at < text.size();) {
    const auto point = first_point(text.substr(at));
    used += columns_of(point.code);
    if (used > width) break;
    at += point.bytes;
  }
  return at;
}

std::string padded(const Cell& cell, std::size_t width, bool right, bool last, const Look& look) {
  const auto text = clip(cell.text, width);
  const auto gap = std::string(width - columns(text), ' ');
  const auto shown = tinted(text, cell.tint, look);
  if (right) return gap + shown;
  return last ? shown : shown + gap;
}

}  // namespace

std::string tinted(const std::string& text, Tint tint, const Look& look) {
  constexpr std::array codes{"", "\x1b[32m", "\x1b[33m", "\x1b[31m", "\x1b[2m"};
  if (!look.colour || tint == Tint::none || text.empty()) return text;
  return codes.at(static_cast<std::size_t>(tint)) + text + "\x1b[0m";
}

std::string printable(std::string_view text, bool keep_lines) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto point = first_point(text);
    const bool kept = keep_lines && (point.code == '\n' || point.code == '\t');
    if (point.valid && (kept || !commands_terminal(point.code))) {
      out += text.substr(0, point.bytes);
    } else {
      out += replacement;
    }
    text.remove_prefix(point.bytes);
  }
  return out;
}

std::size_t columns(std::string_view text) {
  std::size_t n = 0;
  while (!text.empty()) {
    const auto point = first_point(text);
    n += columns_of(point.code);
    text.remove_prefix(point.bytes);
  }
  return n;
}

std::string clip(const std::string& text, std::size_t width) {
  if (columns(text) <= width) return text;
  if (width == 0) return {};
  return text.substr(0, fitting(text, width - 1)) + std::string{ellipsis};
}

std::vector<std::string> wrap(const std::string& text, std::size_t width) {
  std::vector<std::string> lines;
  std::string_view rest = text;
  const auto room = std::max<std::size_t>(width, 2);
  while (columns(rest) > room) {
    const auto most = fitting(rest, room);
    auto cut = rest.rfind(' ', most);
    if (cut == std::string_view::npos || cut == 0) cut = most;
    lines.emplace_back(rest.substr(0, cut));
    rest.remove_prefix(cut);
    while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
  }
  if (!rest.empty() || lines.empty()) lines.emplace_back(rest);
  return lines;
}

std::string duration_text(std::uint64_t ms) {
  if (ms < 1000) return fmt::format("{} ms", ms);
  if (ms < 99'950) return fmt::format("{:.1f} s", static_cast<double>(ms) / 1000);
  const auto seconds = (ms + 500) / 1000;
  if (seconds < 3600) return fmt::format("{} min {} s", seconds / 60, seconds % 60);
  return fmt::format("{} h {} min", seconds / 3600, seconds / 60 % 60);
}

std::string bytes_text(std::uint64_t bytes) {
  constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  auto size = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (size >= 1023.95 && unit + 1 < units.size()) {
    size /= 1024;
    ++unit;
  }
  const bool whole = unit == 0 || size >= 10;
  return fmt::format("{:.{}f} {}", size, whole ? 0 : 1, units.at(unit));
}

Cell::Cell(std::string text_, Tint tint_) : text{printable(text_)}, tint{tint_} {}

std::vector<std::size_t> Table::natural_widths() const {
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    auto width = columns(columns_[c].title);
    for (const auto& row : rows_)
      if (c < row.size() && (c + 1 < row.size() || row.size() == columns_.size()))
        width = std::max(width, columns(row[c].text));
    widths.push_back(width);
  }
  return widths;
}

Table Table::narrowed(std::size_t room) const {
  auto table = *this;
  for (;;) {
    const auto natural = table.natural_widths();
    std::size_t least = 0, victim = 0;
    for (std::size_t c = 0; c < natural.size(); ++c) {
      const auto& column = table.columns_[c];
      const auto clipped = std::max(narrow_columns, columns(column.title));
      least += (c == 0 ? 0 : 2) + (column.shrinks ? std::min(natural[c], clipped) : natural[c]);
      if (column.drop > table.columns_[victim].drop) victim = c;
    }
    if (least <= room || table.columns_.empty() || table.columns_[victim].drop == 0) return table;
    table.columns_.erase(table.columns_.begin() + static_cast<std::ptrdiff_t>(victim));
    for (auto& row : table.rows_)
      if (victim < row.size()) row.erase(row.begin() + static_cast<std::ptrdiff_t>(victim));
  }
}

std::vector<std::size_t> Table::widths(std::size_t room) const {
  auto widths = natural_widths();
  const auto gaps = 2 * (columns_.empty() ? 0 : columns_.size() - 1);
  const auto total = [&] {
    std::size_t sum = gaps;
    for (const auto w : widths) sum += w;
    return sum;
  };
  for (const bool every : {false, true})
    while (total() > room) {
      std::size_t* widest = nullptr;
      for (std::size_t c = 0; c < widths.size(); ++c) {
        const auto least =
            every ? std::size_t{1} : std::max(narrow_columns, columns(columns_[c].title));
        if ((every || columns_[c].shrinks) && widths[c] > least &&
            (widest == nullptr || widths[c] > *widest))
          widest = &widths[c];
      }
      if (widest == nullptr) break;
      --*widest;
    }
  return widths;
}

std::string Table::text(const Look& look, std::size_t indent) const {
  const auto room = std::max<std::size_t>(look.width, 20) - std::min<std::size_t>(indent, 10);
  return narrowed(room).lines(look, indent, room);
}

std::string Table::lines(const Look& look, std::size_t indent, std::size_t room) const {
  const auto width = widths(room);
  std::vector<Cell> titles;
  for (const auto& column : columns_) titles.emplace_back(column.title, Tint::dim);
  std::string out;
  const auto line = [&](const std::vector<Cell>& cells) {
    std::string text(indent, ' ');
    std::size_t used = 0;
    for (std::size_t c = 0; c < cells.size(); ++c) {
      const bool last = c + 1 == cells.size();
      const bool spans = last && cells.size() < columns_.size();
      const auto w = spans ? room - std::min(used, room) : width[c];
      text += padded(cells[c], w, columns_[c].right && !spans, last, look);
      if (!last) text += "  ";
      used += w + 2;
    }
    text.erase(text.find_last_not_of(' ') + 1);
    out += text + '\n';
  };
  line(titles);
  for (const auto& row : rows_) line(row);
  return out;
}

}  // namespace weir::cli
