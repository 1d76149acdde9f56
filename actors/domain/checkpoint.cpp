#include "actors/domain/clearance.hpp"

#include <algorithm>
#include <utility>

namespace weir::domain {

bool Checkpoint::same(const Sha256& a, const Sha256& b) {
  std::uint8_t difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    difference = static_cast<std::uint8_t>(difference | (a[i] ^ b[i]));
  return difference == 0;
}

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
  const auto found = detector_->scan_json(arrived.body);
  if (const auto* why = refusal(now, arrived, found)) return Error{Code::grade_forbids_cloud, why};
  ClearanceTerms terms;
  if (arrived.dispatch.clearance) terms = std::move(arrived.dispatch.clearance->terms);
  return Cleared{std::move(arrived.body), std::move(terms), found.bytes};
}

}  // namespace weir::domain
