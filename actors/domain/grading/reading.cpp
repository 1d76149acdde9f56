#include "actors/domain/grading/reading.hpp"

#include <algorithm>

namespace weir::domain {
namespace {

bool is_label(Role role) { return role >= Role::order_label && role <= Role::hotline_label; }

bool one_of(Role role, std::initializer_list<Role> roles) {
  return std::find(roles.begin(), roles.end(), role) != roles.end();
}

/// Whether a label still tells about what follows `gap`.
bool carries(std::string_view gap) {
  constexpr std::size_t gap_max = 32, digits_max = 3;
  if (gap.size() > gap_max) return false;
  std::size_t digits = 0;
  for (const char c : gap) {
    if (c == '\n' || c == ';' || c == ',' || c == '}') return false;
    if (is_digit(c) && ++digits > digits_max) return false;
  }
  return gap.find("。") == gap.npos && gap.find("、") == gap.npos;
}

}  // namespace

std::vector<std::size_t> Reading::beside() const {
  std::vector<std::size_t> places;
  for (const auto& f : found)
    if (f.kind != Sensitive::ip_address && f.kind != Sensitive::secret) places.push_back(f.begin);
  std::sort(places.begin(), places.end());
  return places;
}

std::size_t Reading::hit_after(std::size_t at) const {
  const auto hit = std::upper_bound(hits.begin(), hits.end(), at,
                                    [](std::size_t a, const Hit& h) { return a < h.end; });
  return static_cast<std::size_t>(hit - hits.begin());
}

Role Reading::label_of(std::size_t at) const {
  constexpr std::size_t looks_max = 8, reach = 64;
  std::size_t i = hit_after(at);
  for (std::size_t looks = 0; i > 0 && looks < looks_max; ++looks) {
    const auto& hit = hits[--i];
    if (hit.end + reach < at) break;
    if (!is_label(hit.role)) continue;
    return carries(text.substr(hit.end, at - hit.end)) ? hit.role : Role::none;
  }
  return Role::none;
}

bool Reading::precedes(std::size_t at, std::initializer_list<Role> roles, std::size_t near) const {
  constexpr std::size_t looks_max = 16;
  std::size_t i = hit_after(at);
  for (std::size_t looks = 0; i > 0 && looks < looks_max; ++looks) {
    const auto& hit = hits[--i];
    if (hit.end + near < at) return false;
    if (one_of(hit.role, roles)) return text.substr(hit.end, at - hit.end).find('\n') == text.npos;
  }
  return false;
}

bool Reading::around(Span span, std::initializer_list<Role> roles, std::size_t near) const {
  constexpr std::size_t looks_max = 64;
  std::size_t i = hit_after(span.begin > near ? span.begin - near : 0);
  for (std::size_t looks = 0; i < hits.size() && looks < looks_max; ++looks, ++i) {
    if (hits[i].begin > span.end + near) return false;
    if (one_of(hits[i].role, roles)) return true;
  }
  return false;
}

}  // namespace weir::domain
