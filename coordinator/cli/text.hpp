// Text for terminals: widths, tables, durations. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir::cli {

/// How the output looks. `width` in columns; colours only where a terminal shows them.
struct Look {
  std::size_t width = 80;
  bool colour = false;
};

enum class Tint : std::uint8_t { none, good, warn, bad, dim };
std::string tinted(const std::string& text, Tint tint, const Look& look);

/// `text` without anything that would command a terminal: control characters and bytes that are
/// not UTF-8 become U+FFFD; line feeds and tabs stay where `keep_lines`. O(text).
std::string printable(std::string_view text, bool keep_lines = false);
/// Terminal columns of printable text (two for East Asian wide characters). O(text).
std::size_t columns(std::string_view text);
/// At most `width` columns; what is cut ends in "…".
std::string clip(const std::string& text, std::size_t width);
/// Lines of at most `width` columns, broken at spaces where there are any; at least one line.
std::vector<std::string> wrap(const std::string& text, std::size_t width);

/// "0 ms" … "999 ms", "1.0 s" … "99.9 s", "2 min 5 s", "3 h 20 min".
std::string duration_text(std::uint64_t ms);
/// "512 B", "1.5 KiB", "24 GiB".
std::string bytes_text(std::uint64_t bytes);

struct Cell {
  Cell(std::string text_, Tint tint_ = Tint::none);
  Cell(const char* text_) : Cell{std::string{text_}} {}
  std::string text;  ///< printable, one line
  Tint tint;
};
struct Column {
  std::string title;
  bool right = false;    ///< numbers stand to the right
  bool shrinks = false;  ///< the first to be clipped where the terminal is narrow
  unsigned drop = 0;     ///< left out where even that does not help, the highest first; 0: never
};

/// Rows under titles, aligned, never wider than the terminal (down to 20 columns). A row with
/// fewer cells than columns: its last cell takes the rest of the line; such tables drop none.
class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_{std::move(columns)} {}
  void row(std::vector<Cell> cells) { rows_.push_back(std::move(cells)); }
  std::size_t rows() const { return rows_.size(); }
  /// Lines, each with `indent` spaces before it and a line feed after it.
  std::string text(const Look& look, std::size_t indent = 0) const;

 private:
  std::vector<std::size_t> natural_widths() const;
  std::vector<std::size_t> widths(std::size_t room) const;
  /// Without the columns that have no room.
  Table narrowed(std::size_t room) const;
  std::string lines(const Look& look, std::size_t indent, std::size_t room) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace weir::cli
