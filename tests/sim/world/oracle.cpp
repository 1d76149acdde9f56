// Clients, engines, time: what can be seen from outside.
#include "tests/sim/world/oracle.hpp"

#include <algorithm>

namespace weir::sim {
namespace {

/// Ticks, mailboxes and links on the way to an answer's end.
constexpr Micros slack{500'000};
/// An agent that fell silent is given up then.
constexpr Micros lost_after{5'500'000};
constexpr std::int64_t tries_max = 3;
constexpr Micros recovery_max{4'000'000};
constexpr Micros suspicion{2'200'000};
/// So many lost at about the same time may freeze the detector.
constexpr std::ptrdiff_t frozen_min = 3;

}  // namespace

void Oracle::broken(std::string invariant, std::string what) {
  if (!violation_) violation_ = Violation{std::move(invariant), std::move(what)};
}

std::string Oracle::say(AttemptId a) {
  return std::to_string(a.incarnation) + "/" + std::to_string(a.request.value) + "/" +
         std::to_string(a.number);
}

std::size_t Oracle::index_of_node(std::string_view name) const {
  for (const auto& node : nodes_)
    if (node->name == name) return node->index;
  return nodes_.size();
}

std::string_view Oracle::name_of(std::string_view name) const {
  const auto index = index_of_node(name);
  return index < nodes_.size() ? std::string_view{nodes_[index]->name} : "nobody";
}

Oracle::Tracked* Oracle::find(RequestKey key) {
  const auto at = tracked_.find(key);
  return at == tracked_.end() ? nullptr : &at->second;
}

// ---- clients -------------------------------------------------------------------------------

/// By when a client must have a first byte, or an end. A whole answer may take as long as its
/// tokens do, in each try.
Micros Oracle::first_limit(RequestKey key) const {
  const auto& spec = truth(key).spec;
  const auto asked =
      spec.deadline.count() > 0 ? spec.deadline : Millis{world_.scenario.deadline_ms};
  auto limit = Micros{asked} + slack;
  if (spec.stream) return limit;
  std::uint32_t slowness = 1;
  for (const auto& fault : world_.scenario.faults)
    if (fault.kind == FaultKind::engine_slow) slowness = std::max(slowness, fault.factor);
  std::uint32_t slowest = 50;
  for (const auto& node : nodes_)
    slowest = std::max(slowest, 2 + 1'000 * slowness / node->group.decode_per_s);
  return limit + tries_max * Micros{spec.output_tokens_max.count() * 2'000 * slowest};
}

void Oracle::client_asks(RequestKey key) {
  auto& t = tracked_[key];
  t.asked = t.moved = world_.now();
  const auto limit = first_limit(key);
  world_.timeline.after(limit,
                        [this, key, limit, stood = stood_still_] { first_due(key, limit, stood); });
}

void Oracle::first_due(RequestKey key, Micros limit, Micros stood) {
  const auto* t = find(key);
  if (t == nullptr || !t->waits || t->begun) return;
  if (stood_still_ > stood) {  // nobody could act for that time
    world_.timeline.after(stood_still_ - stood,
                          [this, key, limit, now = stood_still_] { first_due(key, limit, now); });
    return;
  }
  broken("in_time", "request " + std::to_string(key.request.value) +
                        " has neither a first byte nor an end after " +
                        std::to_string(limit.count() / 1'000) + " ms");
}

void Oracle::progress_due(RequestKey key) {
  const auto* t = find(key);
  if (t == nullptr || !t->waits) return;
  const auto limit =
      tries_max * (Micros{Millis{world_.scenario.stall_ms}} + lost_after) + stood_still_ + slack;
  if (t->moved + limit <= world_.now())
    return broken("in_time", "begun request " + std::to_string(key.request.value) +
                                 " stands still, and does not end");
  world_.timeline.at(t->moved + limit, [this, key] { progress_due(key); });
}

void Oracle::carried_out(AttemptId attempt) {
  if (auto* t = find(key_of(attempt))) t->at_gateway = attempt.number;
}

void Oracle::client_got(AttemptId attempt, std::uint64_t text, std::uint64_t bytes) {
  const auto key = key_of(attempt);
  auto* t = find(key);
  if (t == nullptr || !t->waits)
    return broken("ends_once", say(attempt) + " sends bytes to a client whose request is over");
  if (t->at_gateway != attempt.number)
    return broken("fencing", "the client got bytes of " + say(attempt) + ", the current one is " +
                                 std::to_string(t->at_gateway));
  if (text != t->text)
    return broken("contiguous", say(attempt) + " brings text from " + std::to_string(text) +
                                    ", the client has " + std::to_string(t->text));
  t->text += bytes;
  t->moved = world_.now();
  if (!std::exchange(t->begun, true))
    world_.timeline.after(Micros{0}, [this, key] { progress_due(key); });
}

void Oracle::chunk_taken(AttemptId attempt, std::uint64_t offset, std::uint64_t expected) {
  if (offset != expected)
    broken("contiguous", say(attempt) + " sends offset " + std::to_string(offset) + " where " +
                             std::to_string(expected) + " is next");
}

void Oracle::committed(AttemptId attempt, bool continues) {
  auto* t = find(key_of(attempt));
  if (t == nullptr || continues) return;
  if (++t->commits > 1)
    broken("commit_once", "a second attempt of a request began its answer: " + say(attempt));
}

void Oracle::client_ended(RequestKey key, bool well) {
  auto* t = find(key);
  if (t == nullptr || !std::exchange(t->waits, false))
    return broken("ends_once", "request " + std::to_string(key.request.value) + " ended twice");
  served_ += well ? 1 : 0;
  if (well && t->text != truth(key).text_end)
    broken("contiguous", "request " + std::to_string(key.request.value) + " ended well with " +
                             std::to_string(t->text) + " of " +
                             std::to_string(truth(key).text_end) + " bytes");
}

void Oracle::client_left(RequestKey key) {
  if (auto* t = find(key)) t->waits = false;
}

// ---- the cloud -----------------------------------------------------------------------------

namespace {

/// P2, or P1 whose clearance says that it was redacted.
bool may_leave(Grade grade, const Dispatch& d) {
  const bool redacted = d.clearance && d.clearance->terms.desensitised;
  return grade == Grade::p2 || (grade == Grade::p1 && redacted);
}

}  // namespace

void Oracle::left_for_cloud(const Dispatch& d) {
  ++to_cloud_;
  const auto* t = find(key_of(d.attempt));
  if (t != nullptr && !may_leave(t->grade.value_or(Grade::p0), d))
    broken("secrecy", say(d.attempt) + " was sent to the cloud, its grade forbids that");
}

void Oracle::body_arrived(Tier tier, AttemptId attempt, Grade content) {
  if (tier == Tier::l2 && content != Grade::p2)
    broken("secrecy", "the body of " + say(attempt) + " holds " +
                          std::string{weir::name_of(content)} + " and reached L2");
}

// ---- agents and engines --------------------------------------------------------------------

void Oracle::worker_decided(std::size_t index, const WorkerEvent& event,
                            const std::vector<WorkerEffect>& effects) {
  auto& seen = seen_[index];
  if (std::holds_alternative<CoordinatorUp>(event)) seen.linked_since = world_.now();
  if (std::holds_alternative<CoordinatorDown>(event)) seen.linked_since.reset();
  const auto tier = nodes_[index]->group.tier;
  for (const auto& effect : effects) {
    if (const auto* accept = std::get_if<AcceptJob>(&effect);
        accept != nullptr && tier == Tier::l2 &&
        !may_leave(accept->dispatch.grade, accept->dispatch))
      broken("secrecy", "a cloud proxy accepts " + say(accept->dispatch.attempt));
    const auto* said = std::get_if<Say>(&effect);
    const auto* report = said == nullptr ? nullptr : std::get_if<CapacityReport>(&said->message);
    if (report == nullptr) continue;
    seen.draining = report->draining;
    seen.owner = report->owner_present;
    const bool free = !report->engines.empty() && report->engines[0].slots_free() > 0;
    if (!free) seen.free_since.reset();
    if (free && !seen.free_since) seen.free_since = world_.now();
  }
}

void Oracle::check_now() {
  for (const auto& node : nodes_)
    if (node->engine.running() > node->engine.slots())
      broken("slots", node->name + " runs " + std::to_string(node->engine.running()) + " jobs on " +
                          std::to_string(node->engine.slots()) + " slots");
}

void Oracle::node_back(std::size_t node) {
  auto& seen = seen_[node];
  seen.back_at = world_.now();
  if (!seen.first_back_at) seen.first_back_at = world_.now();
}

// ---- recovery ------------------------------------------------------------------------------

void Oracle::node_lost(std::size_t node, bool dead) {
  losses_.push_back(world_.now());
  seen_[node].lost_at = world_.now();
  seen_[node].back_at.reset();
  seen_[node].first_back_at.reset();
  for (const auto& key : alive_) {
    const auto& t = tracked_.at(key);
    if (!t.current || t.node != node || t.begun || !t.waits || t.shaky) continue;
    world_.timeline.after(recovery_max, [this, key, attempt = *t.current, at = world_.now(), dead] {
      recovered(key, attempt, at, dead);
    });
  }
}

void Oracle::recovered(RequestKey key, AttemptId attempt, TimePoint lost_at, bool dead) {
  const auto* t = find(key);
  if (t == nullptr || !t->waits || !t->alive || t->begun || t->number != attempt.number) return;
  const auto& seen = seen_[t->node];
  if (!dead && seen.first_back_at && *seen.first_back_at < lost_at + suspicion) return;
  const auto near = std::count_if(losses_.begin(), losses_.end(), [&](TimePoint at) {
    return at > lost_at - suspicion && at < lost_at + suspicion;
  });
  if (near >= frozen_min || stands_until_ + suspicion > lost_at) return;
  if (capacity_for(key, *t))
    broken("recovery", say(attempt) + " was not placed again within 4 s of its agent's loss");
}

/// Whether one of our own machines was ready for it for some time.
bool Oracle::capacity_for(RequestKey key, const Tracked& t) const {
  const auto& spec = truth(key).spec;
  const auto now = world_.now();
  const auto grade = t.grade.value_or(Grade::p0);
  for (const auto& node : nodes_) {
    const auto& seen = seen_[node->index];
    const auto* process = node->process();
    const auto& models = node->group.models;
    const bool serves = spec.model == "auto" || spec.model == "chat" ||
                        std::find(models.begin(), models.end(), spec.model) != models.end();
    if (node->group.tier == Tier::l2 || !serves || t.tried.contains(node->index)) continue;
    if (grade == Grade::p0 && !node->group.accepts_p0) continue;
    if (process == nullptr || process->stopped() || node->draining || seen.draining) continue;
    if (seen.owner || node->owner_present) continue;
    if (!seen.linked_since || now - *seen.linked_since < Millis{2'000}) continue;
    if (seen.back_at && now - *seen.back_at < Millis{2'000}) continue;
    if (!network_.clear_since(node->index, now - Millis{3'000})) continue;
    if (!node->engine.well() || now - node->engine.well_since() < Millis{3'000}) continue;
    if (seen.free_since && now - *seen.free_since >= Millis{600}) return true;
  }
  return false;
}

void Oracle::coordinator_restarted() {
  for (const auto& key : alive_) tracked_.at(key).alive = false;
  alive_.clear();
  held_.clear();
  sessions_.clear();
  spill_changed_.reset();
}

}  // namespace weir::sim
