// Values that are split over strings of a document: half a number in one turn, half in the next.
#include "actors/domain/grading/json_strings.hpp"
#include "actors/domain/grading/scanner.hpp"
#include "actors/domain/grading/secret_formats.hpp"

#include <algorithm>
#include <array>

namespace weir::domain {
namespace {

constexpr std::size_t window = 96, token_max = 64, pieces_max = 8;

struct Piece {
  std::string text;
  Span span;           ///< in the document
  bool whole = false;  ///< the string holds nothing else
};

bool part(char c) { return is_of(Letters::base64, c); }

/// The last token of the string, if it holds a digit or is the beginning of a key.
Piece tail_of(std::string_view document, Span string) {
  const auto begin = std::max(string.begin, string.end > window ? string.end - window : 0);
  auto raw = document.substr(begin, string.end - begin);
  const auto folding = fold_text(raw);
  const std::string_view text = folding.changed ? std::string_view{folding.text} : raw;
  std::size_t end = text.size();
  while (end > 0 && text.size() - end < 8 && !part(text[end - 1])) --end;
  std::size_t b = end;
  while (b > 0 && end - b < token_max && part(text[b - 1])) --b;
  Piece piece{std::string{text.substr(b, end - b)}, {b, end}, b == 0 && begin == string.begin};
  if (b == end) return {};
  if (folding.changed) piece.span = folding.map.origin(piece.span);
  piece.span = {piece.span.begin + begin, piece.span.end + begin};
  return piece;
}

/// The first token with a digit, or the first of the string.
Piece head_of(std::string_view document, Span string) {
  auto raw = document.substr(string.begin, std::min(window, string.end - string.begin));
  const auto folding = fold_text(raw);
  const std::string_view text = folding.changed ? std::string_view{folding.text} : raw;
  for (std::size_t i = 0; i < text.size();) {
    if (!part(text[i])) {
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < text.size() && end - i < token_max && part(text[end])) ++end;
    const auto token = text.substr(i, end - i);
    if (i == 0 || std::any_of(token.begin(), token.end(), is_digit)) {
      Piece piece{std::string{token}, {i, end}, i == 0 && end == text.size()};
      if (folding.changed) piece.span = folding.map.origin(piece.span);
      piece.span = {piece.span.begin + string.begin, piece.span.end + string.begin};
      return piece;
    }
    i = end;
  }
  return {};
}

bool proves_itself(Sensitive kind) {
  using enum Sensitive;
  return kind == secret || kind == cn_mobile || kind == cn_id_card || kind == bank_card ||
         kind == iban || kind == cn_uscc;
}

/// What goes over the last joint of the pieces' texts.
std::vector<Finding> crossing(const Patterns& patterns, std::string_view text, std::size_t joint) {
  constexpr std::size_t least = 11;
  if (text.size() < least) return {};
  Reading r;
  r.text = text;
  if (!patterns.match(text, r.hits)) return {};
  find_numbers(r);
  find_secrets(r);
  std::erase_if(r.found, [&](const Finding& f) {
    return !proves_itself(f.kind) || f.begin >= joint || f.end <= joint;
  });
  return r.found;
}

}  // namespace

void Scanner::scan_joined_strings() {
  const auto strings = json_strings(text_);
  for (const auto& span : strings.token_ids)
    keep({Sensitive::unreadable, 90, span.begin, span.end}, text_, Source{});
  const auto& texts = strings.texts;
  for (std::size_t i = 0; i + 1 < texts.size(); ++i) {
    auto first = tail_of(text_, texts[i]);
    if (first.text.empty()) continue;
    std::string joined = first.text;
    std::vector<Piece> pieces{std::move(first)};
    for (std::size_t k = i + 1; k < texts.size() && pieces.size() < pieces_max; ++k) {
      auto next = head_of(text_, texts[k]);
      if (next.text.empty()) break;
      const auto joint = joined.size();
      joined += next.text;
      const bool whole = next.whole;
      pieces.push_back(std::move(next));
      const auto crossed = crossing(*rules_.patterns, joined, joint);
      for (const auto& f : crossed)
        for (const auto& piece : pieces)
          keep({f.kind, 70, piece.span.begin, piece.span.end}, text_, Source{});
      if (!crossed.empty() || !whole) break;
    }
  }
}

}  // namespace weir::domain
