// What a proxy refuses. Alone in its file: a test puts another in its place.
#include "actors/domain/clearance.hpp"

namespace weir::domain {
namespace {

/// Takes as long whatever differs.
bool same(const Sha256& a, const Sha256& b) {
  std::uint8_t difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    difference = static_cast<std::uint8_t>(difference | (a[i] ^ b[i]));
  return difference == 0;
}

}  // namespace

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

bool Checkpoint::replayed(Coordinator& of, AttemptId attempt) {
  const auto id = attempt.stream();
  if (id <= of.forgotten || !of.seen.insert(id).second) return true;
  if (of.seen.size() > attempts_max) {
    of.forgotten = *of.seen.begin();
    of.seen.erase(of.seen.begin());
  }
  return false;
}

const char* Checkpoint::refusal(TimePoint now, const Arrived& arrived,
                                std::uint64_t sensitive_bytes) {
  const auto& d = arrived.dispatch;
  if (!d.clearance) return "clearance: there is none";
  const auto& t = d.clearance->terms;
  const auto of = coordinators_.find(d.attempt.incarnation);
  if (of == coordinators_.end()) return "key: of no coordinator that is linked";
  if (!same(d.clearance->mac, digests_.hmac(of->second.key, canonical(t))))
    return "mac: the clearance was not made by this coordinator's guard";
  if (t.attempt != d.attempt) return "attempt: the clearance is for another one";
  if (t.proxy != self_) return "proxy: the clearance is for another one";
  if (t.model != d.model) return "model: the clearance is for another one";
  if (t.bytes != arrived.body.size()) return "length: not what was cleared";
  if (!same(t.digest, digests_.sha256(arrived.body))) return "digest: not what was cleared";
  if (now - arrived.received > Millis{t.ttl_ms}) return "expired: the clearance is too old";
  const auto grade = strictest(d.grade, t.grade);
  if (grade == Grade::p0 || (grade == Grade::p1 && !t.desensitised)) return "grade: does not leave";
  if (sensitive_bytes > 0) return "sensitive: the detector found what must not leave";
  if (replayed(of->second, d.attempt)) return "replayed: this attempt was sent before";
  return nullptr;
}

}  // namespace weir::domain
