// The safety rule. Alone in its file: a test puts another in its place.
#include "actors/domain/placement.hpp"

namespace weir::domain {

Filter safety_filter(const Job& job, const EngineRow& row, bool spill_enabled) {
  if (row.tier != Tier::l2) return row.cloud ? Filter::cloud_engine_outside_l2 : Filter::none;
  if (job.grade == Grade::p0) return Filter::p0_never_leaves;
  if (job.grade == Grade::p1 && !job.redactable) return Filter::p1_not_cleared;
  return spill_enabled ? Filter::none : Filter::spill_disabled;
}

}  // namespace weir::domain
