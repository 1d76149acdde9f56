#include "actors/domain/stream/text_restorer.hpp"

#include "schema/dialect/json_value.hpp"

#include <algorithm>
#include <utility>

namespace weir::domain {
namespace {

constexpr std::string_view escaped_open = "\\u27e6";
constexpr std::string_view escaped_close = "\\u27e7";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// What can stand between the brackets of a placeholder.
bool inside(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == ':';
}

enum class Begins { no, partly, wholly };

/// Whether `text` begins with `word`, or is the beginning of it; in either case for escapes.
Begins begins(std::string_view text, std::string_view word) {
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (i == text.size()) return Begins::partly;
    if (lower(text[i]) != word[i]) return Begins::no;
  }
  return Begins::wholly;
}

}  // namespace

std::string TextRestorer::feed(std::string_view piece) {
  if (vault_->empty()) return std::string{piece};
  std::string joined;
  if (!held_.empty()) {
    joined = std::exchange(held_, {});
    joined.append(piece);
    piece = joined;
  }
  std::string out;
  for (std::size_t at = 0; at < piece.size();) {
    const auto start = start_in(piece, at);
    out.append(piece.substr(at, start - at));
    at = start;
    if (at == piece.size()) break;
    const auto rest = piece.substr(at);
    const auto found = match(rest);
    if (found.kind == Match::part) {
      held_.assign(rest);
      break;
    }
    if (found.kind == Match::whole) {
      append_value(out, found.value);
    } else {
      out.append(rest.substr(0, found.bytes));
    }
    at += std::min(found.bytes, rest.size());
    if (out.size() > bytes_max_) {
      overflowed_ = true;
      break;
    }
  }
  return out;
}

std::string TextRestorer::finish() { return std::exchange(held_, {}); }

/// Where the next placeholder might begin.
std::size_t TextRestorer::start_in(std::string_view text, std::size_t from) const {
  const auto at = context_ == TextContext::plain ? text.find(placeholder_open.front(), from)
                                                 : text.find_first_of("\\\xE2", from);
  return at == std::string_view::npos ? text.size() : at;
}

TextRestorer::Match TextRestorer::match(std::string_view text) const {
  if (text.front() != '\\') {
    const auto open = begins(text, placeholder_open);
    if (open == Begins::no) return {};
    return open == Begins::partly ? Match{Match::part}
                                  : match_inside(text, placeholder_open.size());
  }
  switch (begins(text, escaped_open)) {
    case Begins::no:
      return {Match::none, 2};  // another escape, whole or the beginning of it
    case Begins::partly:
      return {Match::part};
    case Begins::wholly:
      return match_inside(text, escaped_open.size());
  }
  return {};
}

/// `text` begins with an opening bracket of `open_bytes` bytes.
TextRestorer::Match TextRestorer::match_inside(std::string_view text,
                                               std::size_t open_bytes) const {
  auto end = open_bytes;
  while (end < text.size() && inside(text[end])) ++end;
  std::string name{placeholder_open};
  name.append(text.substr(open_bytes, end - open_bytes));
  const Match literally{Match::none, open_bytes};
  if (end == text.size()) return vault_->begins_one(name) ? Match{Match::part} : literally;
  const auto rest = text.substr(end);
  const bool escaped = rest.front() == '\\' && context_ == TextContext::json;
  const auto close = escaped ? escaped_close : placeholder_close;
  const auto closed = begins(rest, close);
  if (closed == Begins::no) return literally;
  const auto value = vault_->value_of(name.append(placeholder_close));
  if (!value) return literally;
  if (closed == Begins::partly) return {Match::part};
  return {Match::whole, end + close.size(), *value};
}

void TextRestorer::append_value(std::string& out, std::string_view value) const {
  if (context_ == TextContext::plain) {
    out.append(value);
    return;
  }
  std::string quoted;
  dialect::json::append_string(quoted, value);
  out.append(quoted, 1, quoted.size() - 2);
}

}  // namespace weir::domain
