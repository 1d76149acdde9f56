// Which orders a proxy refuses before their bodies. Alone in its file: a test puts another in its
// place.
#include "actors/domain/clearance.hpp"

namespace weir::domain {

std::optional<RefusalReason> cloud_refusal(const Dispatch& d) {
  if (d.grade == Grade::p0) return RefusalReason::grade_forbidden;
  if (!d.clearance) return RefusalReason::not_cleared;
  const auto& t = d.clearance->terms;
  if (t.grade == Grade::p0) return RefusalReason::grade_forbidden;
  if (strictest(d.grade, t.grade) == Grade::p1 && !t.desensitised)
    return RefusalReason::grade_forbidden;
  if (t.attempt != d.attempt || t.model != d.model || t.bytes != d.body_bytes)
    return RefusalReason::not_cleared;
  return std::nullopt;
}

}  // namespace weir::domain
