#include "actors/domain/grading/surroundings.hpp"

#include <bitset>

namespace weir::domain {

Surroundings surroundings_of(const Reading& reading, std::size_t hit, std::size_t near) {
  constexpr std::size_t looks_max = 48, words_max = 8192, close_bytes = 48;
  Surroundings s;
  std::bitset<words_max> seen;
  const auto& hits = reading.hits;
  const auto& middle = hits[hit];
  const auto take = [&](const Hit& h) {
    if (seen[h.word % words_max]) return;
    seen.set(h.word % words_max);
    ++s.distinct[static_cast<std::size_t>(h.role)];
  };
  take(middle);
  for (std::size_t k = hit, n = 0; k-- > 0 && n < looks_max && hits[k].end + near > middle.begin;
       ++n)
    take(hits[k]);
  for (std::size_t k = hit + 1, n = 0;
       k < hits.size() && n < looks_max && hits[k].begin < middle.end + near; ++k, ++n)
    take(hits[k]);
  s.amount = amount_near(reading, middle, near);
  s.close_amount = amount_near(reading, middle, close_bytes);
  return s;
}

std::span<const Span> amounts_from(const Reading& reading, const Hit& hit, std::size_t near) {
  const auto from = hit.begin > near ? hit.begin - near : 0;
  const auto next = std::lower_bound(reading.amounts.begin(), reading.amounts.end(), from,
                                     [](const Span& a, std::size_t at) { return a.begin < at; });
  return {next, reading.amounts.end()};
}

bool amount_near(const Reading& reading, const Hit& hit, std::size_t near) {
  const auto next = amounts_from(reading, hit, near);
  return !next.empty() && next.front().begin < hit.end + near;
}

}  // namespace weir::domain
