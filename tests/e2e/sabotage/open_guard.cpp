// A coordinator without its gate: every grade may go anywhere, and the guard clears whatever it is
// given, unread and unsigned. Linked in the place of the product's own (tests/CMakeLists.txt).
#include "actors/domain/clearance.hpp"
#include "actors/domain/grading.hpp"
#include "actors/domain/placement.hpp"

namespace weir::domain {

Filter safety_filter(const Job&, const EngineRow&, bool) { return Filter::none; }

Graded by_detector(const Graded& stated, const Detected&) { return stated; }

ClearanceAnswer ClearanceOffice::clear(CloudDraft draft) const {
  ClearanceTerms terms;
  terms.attempt = draft.attempt;
  terms.proxy = draft.target.proxy;
  terms.provider = draft.provider;
  terms.model = draft.model;
  terms.digest = digests_.sha256(draft.body.bytes_);
  terms.bytes = draft.body.bytes_.size();
  terms.grade = Grade::p2;
  terms.ttl_ms = rules_.ttl_ms;
  terms.cost_cap = MicroUsd{1'000'000'000};
  return CloudBound{std::move(draft.body.bytes_), Clearance{std::move(terms), {}}, nullptr};
}

}  // namespace weir::domain
