// What a proxy refuses. Alone in its file: a test puts another in its place.
#include "actors/domain/clearance.hpp"

namespace weir::domain {

const char* Checkpoint::refusal(TimePoint now, const Arrived& arrived, const Scan& found) {
  const auto& d = arrived.dispatch;
  if (!d.clearance) return "clearance: there is none";
  const auto& t = d.clearance->terms;
  const auto of = coordinators_.find(d.attempt.incarnation);
  if (of == coordinators_.end()) return "key: of no coordinator that is linked";
  if (!genuine(of->second, *d.clearance))
    return "mac: the clearance was not made by this coordinator's guard";
  if (t.attempt != d.attempt) return "attempt: the clearance is for another one";
  if (t.proxy != self_) return "proxy: the clearance is for another one";
  if (t.model != d.model) return "model: the clearance is for another one";
  if (t.bytes != arrived.body.size()) return "length: not what was cleared";
  if (!same(t.digest, digests_.sha256(arrived.body))) return "digest: not what was cleared";
  if (now - arrived.received > Millis{t.ttl_ms}) return "expired: the clearance is too old";
  const auto grade = strictest(d.grade, t.grade);
  if (grade == Grade::p0 || (grade == Grade::p1 && !t.desensitised)) return "grade: does not leave";
  if (!clean(found)) return "sensitive: the detector found what must not leave";
  if (replayed(of->second, d.attempt)) return "replayed: this attempt was sent before";
  return nullptr;
}

}  // namespace weir::domain
