#include "actors/domain/grading/layer.hpp"

#include "actors/domain/grading/unicode.hpp"

#include <algorithm>
#include <array>

namespace weir::domain {
namespace {

constexpr bool ascii_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool ascii_word(char c) {
  return ascii_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Bytes that need a look: not ASCII, or the first of an escape.
constexpr auto special = [] {
  std::array<bool, 256> table{};
  for (std::size_t i = 0x80; i < 256; ++i) table[i] = true;
  for (const char c : {'\\', '%', '&'}) table[static_cast<unsigned char>(c)] = true;
  return table;
}();

class Folder {
 public:
  explicit Folder(std::string_view text) : text_{text} {}

  Folding run() {
    while (at_ < text_.size()) {
      if (!special[static_cast<unsigned char>(text_[at_])]) {
        std::size_t i = at_ + 1;  // a local: most bytes pass here
        while (i < text_.size() && !special[static_cast<unsigned char>(text_[i])]) ++i;
        at_ = i;
      } else if (static_cast<unsigned char>(text_[at_]) < 0x80) {
        escape();
      } else {
        character();
      }
    }
    if (!result_.changed) return {};
    keep_until(text_.size());
    return std::move(result_);
  }

 private:
  /// Copies what stands unchanged before `end`.
  void keep_until(std::size_t end) {
    if (!result_.changed) {
      result_.changed = true;
      result_.text.reserve(text_.size());
    }
    if (end == kept_) return;
    result_.map.verbatim(result_.text.size(), kept_);
    result_.text.append(text_.substr(kept_, end - kept_));
  }
  /// The bytes [at_, at_ + in) read as `f`.
  void replace(std::size_t in, const Folded& f) {
    keep_until(at_);
    for (std::size_t i = 0; i < f.count; ++i) {
      char bytes[4];
      const auto n = encode_utf8(f.points[i], bytes);
      result_.map.replaced(result_.text.size(), at_, in);
      result_.text.append(bytes, n);
    }
    at_ += in;
    kept_ = at_;
  }

  void escape() {
    const auto e = escape_at(text_, at_);
    if (e.in == 0) {
      // A run of backslashes that escapes nothing is looked at once.
      do ++at_;
      while (at_ < text_.size() && text_[at_] == '\\' && text_[at_ - 1] == '\\' &&
             escape_at(text_, at_).in == 0);
      return;
    }
    if (e.point == '\\' || e.point == '%' || e.point == '&') result_.again = true;
    replace(e.in, fold(e.point));
  }

  /// The Chinese character at `i` that is no numeral; 0: none stands there.
  char32_t word_character(std::size_t i) const {
    if (i + 3 > text_.size()) return 0;
    const auto d = decode_utf8(text_, i);
    const bool chinese = d.valid && d.point >= 0x3400 && d.point <= 0x9FFF;
    return chinese && chinese_digit(d.point) < 0 ? d.point : 0;
  }

  /// Four Chinese characters and more with a blank after each are read without the blanks. Fewer
  /// may be a name's, which people are looked for with.
  bool spread() {
    constexpr std::size_t least = 4, bytes = 3;
    std::size_t count = 0, end = at_;
    while (word_character(end) != 0) {
      ++count;
      end += bytes;
      if (end >= text_.size() || text_[end] != ' ' || word_character(end + 1) == 0) break;
      ++end;
    }
    if (count < least) return false;
    while (at_ < end) {
      if (text_[at_] == ' ') {
        replace(1, {{0, 0}, 0});
        continue;
      }
      const auto f = fold(word_character(at_));
      if (bits_.folds_to_itself(word_character(at_)))
        at_ += bytes;
      else
        replace(bytes, f);
    }
    return true;
  }

  void character() {
    if (at_ + 3 < text_.size() && text_[at_ + 3] == ' ' && spread()) return;
    const auto d = decode_utf8(text_, at_);
    if (!d.valid) return replace(1, {{U'?', 0}, 1});
    if (bits_.folds_to_itself(d.point)) {
      at_ += d.bytes;
      return;
    }
    const auto f = fold(d.point);
    if (const int digit = chinese_digit(f.points[0]); digit >= 0 && in_number())
      return replace(d.bytes, {{static_cast<char32_t>('0' + digit), 0}, 1});
    if (d.point == U'。' && at_ > 0 && ascii_word(text_[at_ - 1]) && at_ + d.bytes < text_.size() &&
        ascii_word(text_[at_ + d.bytes]))
      return replace(d.bytes, {{U'.', 0}, 1});
    if (f.count == 1 && f.points[0] == d.point) {
      at_ += d.bytes;
    } else {
      replace(d.bytes, f);
    }
  }

  /// Whether the Chinese numeral at `at_` is one of at least seven digits that follow each other,
  /// blanks, hyphens and invisible characters between them.
  bool in_number() {
    if (at_ < number_end_) return number_;
    constexpr std::size_t digits_min = 7, gap_max = 3;
    std::size_t digits = 0, gap = 0, i = at_;
    number_end_ = i;
    while (i < text_.size() && gap <= gap_max) {
      const auto d = decode_utf8(text_, i);
      const auto f = fold(d.point);
      const char32_t c = f.count == 1 ? f.points[0] : U' ';
      if (chinese_digit(c) >= 0 || (c >= '0' && c <= '9')) {
        ++digits, gap = 0;
        number_end_ = i + d.bytes;
      } else if (f.count == 0) {
      } else if (c == ' ' || c == '-' || c == '*' || c == '.') {
        ++gap;
      } else {
        break;
      }
      i += d.bytes;
    }
    return number_ = digits >= digits_min;
  }

  std::string_view text_;
  FoldBits bits_ = fold_bits();
  std::size_t at_ = 0;
  std::size_t kept_ = 0;  ///< what stands before it is in the result
  std::size_t number_end_ = 0;
  bool number_ = false;
  Folding result_;
};

}  // namespace

void OffsetMap::verbatim(std::size_t out, std::size_t at) {
  pieces_.push_back({static_cast<std::uint32_t>(out), static_cast<std::uint32_t>(at), 0});
}

void OffsetMap::replaced(std::size_t out, std::size_t at, std::size_t in) {
  pieces_.push_back({static_cast<std::uint32_t>(out), static_cast<std::uint32_t>(at),
                     static_cast<std::uint32_t>(in)});
}

std::size_t OffsetMap::piece_of(std::size_t out) const {
  const auto after =
      std::upper_bound(pieces_.begin(), pieces_.end(), out,
                       [](std::size_t o, const Piece& piece) { return o < piece.out; });
  return static_cast<std::size_t>(after - pieces_.begin()) - 1;
}

Span OffsetMap::origin(Span span) const {
  if (pieces_.empty() || span.begin >= span.end) return span;
  const auto& first = pieces_[piece_of(span.begin)];
  const auto& last = pieces_[piece_of(span.end - 1)];
  return {first.in == 0 ? first.at + (span.begin - first.out) : first.at,
          last.in == 0 ? last.at + (span.end - last.out) : last.at + last.in};
}

Folding fold_text(std::string_view text) { return Folder{text}.run(); }

}  // namespace weir::domain
