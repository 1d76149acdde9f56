#include "actors/domain/budget.hpp"

#include "schema/types/price.hpp"

#include <algorithm>

namespace weir::domain {

std::int64_t Budget::hour_of(TimePoint at) {
  return std::chrono::duration_cast<std::chrono::hours>(at.time_since_epoch()).count();
}

std::optional<MicroUsd> Budget::left(TimePoint now) const {
  if (!per_day_) return std::nullopt;
  auto left = *per_day_;
  const auto oldest = hour_of(now) - static_cast<std::int64_t>(hours) + 1;
  for (const auto& hour : spent_)
    if (hour.number >= oldest) left = left - hour.spent;
  for (const auto& [attempt, reservation] : reserved_) left = left - reservation.cap;
  return std::max(left, MicroUsd{});
}

void Budget::reserve(AttemptId attempt, const Reservation& reservation) {
  const bool added = reserved_.emplace(attempt, reservation).second;
  WEIR_ASSERT(added);
}

std::optional<MicroUsd> Budget::settle(AttemptId attempt, const std::optional<Usage>& usage,
                                       TimePoint now) {
  const auto found = reserved_.find(attempt);
  if (found == reserved_.end()) return std::nullopt;
  const auto r = found->second;
  reserved_.erase(found);
  const bool told = usage && usage->prompt.count() + usage->completion.count() > 0;
  const auto cost = told ? cost_of(*usage, r.in_per_mtok, r.out_per_mtok) : r.cap;
  const auto number = hour_of(now);
  auto& hour = spent_[static_cast<std::size_t>(number) % hours];
  if (hour.number != number) hour = {number, {}};
  hour.spent = hour.spent + cost;
  return cost;
}

}  // namespace weir::domain
