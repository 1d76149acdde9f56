#include "actors/domain/coordinator_state.hpp"

#include <algorithm>
#include <utility>

namespace weir::domain {

namespace {

bool permanent(RefusalReason reason) {
  switch (reason) {
    case RefusalReason::not_accepted:
    case RefusalReason::grade_forbidden:
    case RefusalReason::unknown_engine:
    case RefusalReason::duplicate:
      return true;
    case RefusalReason::no_free_slot:
    case RefusalReason::engine_down:
    case RefusalReason::draining:
    case RefusalReason::owner_present:
      return false;
  }
  return true;
}

/// Whether only a coordinator says such a thing.
bool coordinators_only(const Message& message) {
  return std::holds_alternative<Dispatch>(message) || std::holds_alternative<Bid>(message) ||
         std::holds_alternative<Grant>(message) || std::holds_alternative<Drain>(message) ||
         std::holds_alternative<Resume>(message);
}

void exclude(Request& r, const Exclusion& exclusion, std::size_t exclusions_max) {
  if (r.excluded.size() >= exclusions_max) r.excluded.erase(r.excluded.begin());
  r.excluded.push_back(exclusion);
}

}  // namespace

void Coordinator::State::on(const AgentUp& event) {
  if (event.peer.role != "agent" || !event.peer.tier || event.peer.name.empty()) {
    effects.push_back(DropLink{event.link, "its certificate names no agent with a tier"});
    return;
  }
  if (auto* older = fleet.find(event.peer.name)) {
    effects.push_back(DropLink{older->link, "replaced by a newer link of the same agent"});
    lose(*older);
  }
  auto* agent = fleet.add(event.link, event.peer.name, *event.peer.tier, now);
  if (agent == nullptr) {
    effects.push_back(DropLink{event.link, "too many agents"});
    return;
  }
  agent->name_number = journal.name_number(agent->name);
  // What ran over a former link was placed again when that link went. Attempts of another
  // incarnation are another coordinator's.
  for (const auto& progress : event.hello.attempts)
    if (progress.attempt.incarnation == incarnation)
      effects.push_back(
          SendCancel{event.link, Cancel{progress.attempt, CancelReason::unknown_attempt}});
}

void Coordinator::State::on(const AgentDown& event) {
  if (auto* agent = fleet.find(event.link)) lose(*agent);
}

void Coordinator::State::lose(Agent& agent) {
  const auto attempts = std::move(agent.attempts);
  agent.attempts.clear();
  fleet.remove(agent);
  for (const auto& [attempt, held] : attempts) {
    auto* r = current(attempt);
    if (r == nullptr) continue;
    r->running.reset();
    --running;
    if (auto* log = r->story.attempt(attempt.number)) log->outcome = "link lost";
    if (r->committed)
      fail(*r, Code::upstream_failed, "the machine was lost in the middle of the answer");
    else
      place_again(*r, "link_lost");
  }
}

void Coordinator::State::on(const AgentSaid& event) {
  auto* agent = fleet.find(event.link);
  if (agent == nullptr) return;
  if (coordinators_only(event.message)) {
    effects.push_back(DropLink{event.link, "an agent does not say that"});
    return;
  }
  if (const auto* m = std::get_if<Inventory>(&event.message)) return said(*agent, *m);
  if (const auto* m = std::get_if<CapacityReport>(&event.message)) return said(*agent, *m);
  if (const auto* m = std::get_if<Accept>(&event.message)) return said(*agent, *m);
  if (const auto* m = std::get_if<Refuse>(&event.message)) return said(*agent, *m);
  if (const auto* m = std::get_if<Finish>(&event.message)) return said(*agent, *m);
}

void Coordinator::State::said(Agent& agent, const Inventory& inventory) {
  fleet.set_inventory(agent, inventory);
  fill(agent);
}

void Coordinator::State::said(Agent& agent, const CapacityReport& report) {
  if (fleet.set_report(agent, report, now)) fill(agent);
}

void Coordinator::State::said(Agent& agent, const Accept& accept) {
  const auto* r = current(accept.attempt);
  if (r != nullptr && r->running->link == agent.link) return;
  effects.push_back(SendCancel{agent.link, Cancel{accept.attempt, CancelReason::superseded}});
}

void Coordinator::State::said(Agent& agent, const Refuse& refuse) {
  const auto held = agent.attempts.find(refuse.attempt);
  if (held == agent.attempts.end()) return;
  const auto engine = held->second.engine;
  fleet.release(agent, refuse.attempt, false);
  fleet.set_refused(agent, engine, refuse);
  auto* r = current(refuse.attempt);
  if (r == nullptr) return fill(agent);
  r->running.reset();
  --running;
  --r->tries;
  if (auto* log = r->story.attempt(refuse.attempt.number))
    log->outcome = "refused: " + std::string{name_of(refuse.reason)};
  exclude(*r,
          {agent.serial, engine,
           permanent(refuse.reason) ? std::nullopt : std::optional{agent.reports}},
          exclusions_max);
  if (r->committed) {
    fail(*r, Code::upstream_failed, "the machine refused in the middle of the answer");
  } else if (++r->refusals > refusals_max) {
    r->again = "refused";
    r->waiting_since = now;
    wait(*r, false);
  } else {
    place_again(*r, "refused");
  }
  fill(agent);
}

void Coordinator::State::said(Agent& agent, const Finish& finish) {
  const auto held = agent.attempts.find(finish.attempt);
  if (held == agent.attempts.end()) return;
  const auto serial = agent.serial;
  fleet.release(agent, finish.attempt, true);
  if (auto* r = current(finish.attempt)) {
    const auto was = *r->running;
    r->running.reset();
    --running;
    service_ms += (finish.timings.total_ms - service_ms) / 16;
    if (auto* log = r->story.attempt(finish.attempt.number)) {
      log->timings = finish.timings;
      log->usage = finish.usage;
      log->outcome = finish.error ? "failed: " + std::string{name_of(finish.error->code)} : "done";
    }
    if (finish.error)
      failed(*r, was, serial);
    else
      complete(*r);
  }
  fill(agent);
}

void Coordinator::State::failed(Request& r, const Running& was, std::uint64_t agent_serial) {
  ++r.failures;
  if (r.committed)
    return fail(r, Code::upstream_failed, "the engine failed in the middle of the answer");
  if (now >= was.due) return fail(r, Code::deadline_exceeded);
  exclude(r, {agent_serial, was.engine, std::nullopt}, exclusions_max);
  place_again(r, "upstream_failed");
}

void Coordinator::State::on(const DrainAsked& event) {
  auto* agent = fleet.find(event.node);
  if (agent == nullptr) {
    effects.push_back(Reply{event.reply, NotFound{event.node}});
    return;
  }
  fleet.set_drain(*agent, event.on);
  effects.push_back(SendDrain{agent->link, Drain{event.on}});
  effects.push_back(Reply{event.reply, DrainAnswer{event.node, event.on}});
  fill(*agent);
}

void Coordinator::State::settle_standstill() {
  if (last_tick && now - *last_tick >= standstill_min)
    fleet.forgive(std::chrono::duration_cast<Millis>(now - *last_tick), now);
  last_tick = now;
}

void Coordinator::State::suspect_the_silent() {
  std::vector<AttemptId> to_move;
  for (auto* agent : fleet.silent_since(now - policy.suspect_after)) {
    if (agent->suspect) continue;
    fleet.set_suspect(*agent, true);
    for (const auto& [attempt, held] : agent->attempts) to_move.push_back(attempt);
  }
  // Only now: none of them may be placed on another that fell silent with it.
  for (const auto attempt : to_move) {
    auto* r = current(attempt);
    if (r == nullptr || r->committed) continue;
    cancel_attempt(*r, CancelReason::superseded, "agent fell silent");
    place_again(*r, "agent_silent");
  }
}

void Coordinator::State::forget_cancelled() {
  while (!cancelled.empty() && cancelled.front().forget_at <= now) {
    const auto entry = cancelled.front();
    cancelled.pop_front();
    if (auto* agent = fleet.find(entry.link)) fleet.release(*agent, entry.attempt, false);
  }
}

}  // namespace weir::domain
