// The gate's word. Alone in its file: a test puts another in its place.
#include "actors/domain/policy/gate.hpp"
#include "actors/domain/policy/matches.hpp"

namespace weir::domain {

bool PolicyGate::permits(const PolicyObject& object) const {
  if (grade_ == Grade::p0 && object.tier == Tier::l2) return false;
  bool permitted = false;
  for (const auto& rule : left_) {
    if (!matches(rule.tiers, object.tier) || !matches(rule.regions, object.region) ||
        !matches(rule.providers, object.provider))
      continue;
    if (!rule.permit) return false;
    permitted = true;
  }
  return permitted;
}

}  // namespace weir::domain
