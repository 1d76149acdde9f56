#include "actors/domain/clearance.hpp"
#include "actors/domain/detector.hpp"

#include <algorithm>
#include <utility>

namespace weir::domain {

void Checkpoint::learn(std::uint64_t coordinator, const GuardKey& key) {
  auto& known = coordinators_[coordinator];
  known.key = key.key;
  known.learnt = ++learnt_;
  if (coordinators_.size() <= coordinators_max) return;
  coordinators_.erase(std::min_element(
      coordinators_.begin(), coordinators_.end(),
      [](const auto& a, const auto& b) { return a.second.learnt < b.second.learnt; }));
}

Result<Cleared> Checkpoint::check(TimePoint now, Arrived arrived) {
  const auto found = scan(arrived.body);
  if (const auto* why = refusal(now, arrived, found.bytes))
    return Error{Code::grade_forbids_cloud, why};
  ClearanceTerms terms;
  if (arrived.dispatch.clearance) terms = std::move(arrived.dispatch.clearance->terms);
  return Cleared{std::move(arrived.body), std::move(terms), found.bytes};
}

}  // namespace weir::domain
