#include "actors/domain/coordinator.hpp"

#include "actors/domain/coordinator_state.hpp"

#include <algorithm>
#include <utility>

namespace weir::domain {

namespace {

/// The configuration's and the policy's: Grading takes the strictest of a tenant.
std::vector<GradeFloor> floors_of(const BrainSettings& settings) {
  auto floors = settings.grade_floors;
  const auto& more = settings.policy.floors;
  floors.insert(floors.end(), more.begin(), more.end());
  return floors;
}

}  // namespace

Coordinator::State::State(CoordinatorPolicy p, std::uint64_t incarnation_, std::uint64_t seed)
    : policy{std::move(p)},
      placing{policy.scoring, policy.slo, policy.spill_enabled},
      incarnation{incarnation_},
      random{seed},
      catalog{policy.models},
      fleet{catalog},
      grading{policy.default_grade, floors_of(policy)},
      journal{catalog, policy.explanations_max} {
  budget.configure(policy.spill_per_day);
  own_rules = policy.policy.rules != PolicySettings::factory_rules();
}

Coordinator::Coordinator(CoordinatorPolicy policy, std::uint64_t incarnation, std::uint64_t seed)
    : state_{std::make_unique<State>(std::move(policy), incarnation, seed)} {}

Coordinator::~Coordinator() = default;

std::vector<BrainEffect> Coordinator::decide(TimePoint now, const BrainEvent& event) {
  state_->now = now;
  std::visit([this](const auto& e) { state_->on(e); }, event);
  return std::exchange(state_->effects, {});
}

void Coordinator::State::on(const Submitted& event) {
  const auto& spec = event.spec;
  const auto [it, added] = requests.try_emplace(spec.id);
  WEIR_ASSERT(added);
  auto& r = it->second;
  r.spec = spec;
  r.graded = grading.grade(spec);
  r.gate = gate_of(spec, r.graded.grade);
  r.query = catalog.query(spec.model);
  r.arrival = ++arrivals;
  const auto limit = spec.deadline.count() > 0 ? spec.deadline : Millis{policy.queue.deadline_ms};
  r.deadline = now + std::min(limit, deadline_max);
  r.waiting_since = now;
  r.story.request = spec.public_id;
  r.story.tenant = spec.tenant;
  r.story.model = spec.model;
  r.story.grade = r.graded.grade;
  r.story.grade_why = r.graded.why;
  r.story.found = spec.found.counts;
  r.story.priority = spec.priority;
  public_ids.emplace(spec.public_id, spec.id);
  if (!admitting) return fail(r, Code::no_capacity, "the coordinator is stopping");
  place(r);
}

void Coordinator::State::on(const ClientGone& event) {
  auto* r = find(event.request);
  if (r == nullptr) return;
  if (r->running) cancel_attempt(*r, event.reason, name_of(event.reason));
  end(*r, "failed", name_of(Code::cancelled));
}

void Coordinator::State::on(const Committed& event) {
  if (auto* r = current(event.attempt)) {
    r->committed = r->running->begun = true;
    set_wake(*r, std::nullopt);
    return;
  }
  // The client has bytes of an attempt that was given up in the same moment. An attempt that
  // was to begin the answer anew cannot go on from there: it ends here.
  auto* r = event.attempt.incarnation == incarnation ? find(event.attempt.request) : nullptr;
  if (r == nullptr || r->committed) return;
  if (r->running) cancel_attempt(*r, CancelReason::superseded, "given up: the client has bytes");
  fail(*r, Code::upstream_failed);
}

void Coordinator::State::on(const Tick&) {
  settle_standstill();
  watch_the_silent();
  give_up_the_absent();
  forget_cancelled();
  for (auto* agent : fleet.recover(now)) fill(*agent);
  recheck_waiting();
  look_at_spill();
  while (!timers.empty() && timers.begin()->first <= now) {
    auto* r = find(timers.begin()->second);
    WEIR_ASSERT(r != nullptr);
    wake(*r);
  }
}

void Coordinator::State::on(const StopAdmitting&) { admitting = false; }

void Coordinator::State::on(const Reconfigured& event) {
  static_cast<BrainSettings&>(policy) = event.settings;
  placing = {policy.scoring, policy.slo, policy.spill_enabled};
  grading.configure(policy.default_grade, floors_of(policy));
  catalog.configure(policy.models);
  budget.configure(policy.spill_per_day);
  own_rules = policy.policy.rules != PolicySettings::factory_rules();
  ++policy_version;
  fleet.refresh_offers();
  for (auto& [id, request] : requests) {
    request.gate = gate_of(request.spec, request.graded.grade);
    if (!request.committed) request.query = catalog.query(request.spec.model);
  }
  for (const auto id : queue.all()) regrade(*find(id));
  for (const auto& [name, agent] : fleet.by_name()) fill(*agent);
}

}  // namespace weir::domain
