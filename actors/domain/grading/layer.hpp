// A text as the detector reads it: characters folded, escapes undone, each byte still traceable to
// the original.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir::domain {

/// The bytes [begin, end).
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// From bytes of a folded text to those of the text that it was folded from.
class OffsetMap {
 public:
  /// `out` bytes that stand for exactly the `in` ones, which begin at `at`.
  void verbatim(std::size_t out, std::size_t at);
  void replaced(std::size_t out, std::size_t at, std::size_t in);
  Span origin(Span span) const;

 private:
  /// `in` 0: verbatim up to the next piece.
  struct Piece {
    std::uint32_t out, at, in;
  };
  std::size_t piece_of(std::size_t out) const;
  std::vector<Piece> pieces_;
};

struct Folding {
  std::string text;
  OffsetMap map;
  bool changed = false;  ///< false: `text` and `map` are empty, the input is what it would be
  bool again = false;    ///< an escape gave a character that may begin another escape
};

/// Undoes JSON's, C's, percent and HTML escapes (each however often it is nested in itself), folds
/// characters, Chinese numerals in long runs of digits too. O(text).
Folding fold_text(std::string_view text);

/// The character that an escape stands for. `in` 0: none begins there.
struct Escape {
  char bytes[4] = {};
  std::size_t in = 0;
  char32_t point = 0;
};
Escape escape_at(std::string_view text, std::size_t at);

}  // namespace weir::domain
