#include "actors/domain/grading/digits.hpp"

#include "actors/domain/grading/reading.hpp"

namespace weir::domain {
namespace {

bool glue(char c) { return c == '*' || c == '_' || c == '~' || c == '`'; }
bool gap(char c) { return c == ' ' || c == '-' || c == '.' || c == '(' || c == ')' || c == '\t'; }

}  // namespace

bool Digits::whole(std::string_view text, std::size_t i, std::size_t last) const {
  if (i > 0 && group_of[i] == group_of[i - 1]) return false;
  if (last + 1 < count && group_of[last] == group_of[last + 1]) return false;
  const std::size_t end = at[last] + 1;
  return end >= text.size() || !is_word(text[end]);
}

int Digits::shape(std::size_t from, std::size_t n) const {
  int shape = 0, groups = 0, size = 0;
  bool single = true;
  for (std::size_t i = from; i < from + n; ++i) {
    ++size;
    if (i + 1 < from + n && group_of[i] == group_of[i + 1]) continue;
    single = single && size == 1;
    if (++groups <= 4) shape = shape * (size > 9 ? 100 : 10) + size;
    size = 0;
  }
  return single ? 1 : groups <= 4 ? shape : -1;
}

Digits digits_at(std::string_view text, std::size_t at) {
  constexpr std::size_t between_max = 6;
  Digits d;
  std::uint8_t group = 0;
  std::size_t i = at;
  while (i < text.size() && is_digit(text[i])) {
    if (d.count == Digits::digits_max) {
      d.more = true;
      break;
    }
    d.value[d.count] = text[i];
    d.at[d.count] = static_cast<std::uint32_t>(i);
    d.group_of[d.count++] = group;
    std::size_t next = i + 1;
    bool parts = false;
    while (next < text.size() && next - i <= between_max && (gap(text[next]) || glue(text[next]))) {
      parts = parts || gap(text[next]);
      ++next;
    }
    if (next >= text.size() || !is_digit(text[next])) break;
    for (std::size_t k = i + 1; k < next; ++k) {
      d.dotted = d.dotted || text[k] == '.';
      d.hyphens = d.hyphens || text[k] == '-' || text[k] == '(' || text[k] == ')';
    }
    if (parts) ++group;
    i = next;
  }
  return d;
}

}  // namespace weir::domain
