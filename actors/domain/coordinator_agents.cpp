#include "actors/domain/coordinator_state.hpp"

#include <algorithm>
#include <utility>

namespace weir::domain {

namespace {

bool permanent(RefusalReason reason) {
  switch (reason) {
    case RefusalReason::not_accepted:
    case RefusalReason::grade_forbidden:
    case RefusalReason::not_cleared:
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

/// An agent ends on its own what nobody cancelled: its machine's owner is back. No engine is to
/// blame.
bool handed_back(const Finish& finish) {
  return finish.error && finish.error->code == Code::cancelled;
}

/// The provider's account is shut for a while; nothing was sent.
bool turned_away(const Finish& finish) {
  return finish.error && finish.error->code == Code::rate_limited;
}

std::string outcome_of(const Finish& finish) {
  if (!finish.error) return "done";
  if (handed_back(finish)) return "handed back";
  return "failed: " + std::string{name_of(finish.error->code)};
}

void exclude(Request& r, const Exclusion& exclusion, std::size_t exclusions_max) {
  if (r.excluded.size() >= exclusions_max) r.excluded.erase(r.excluded.begin());
  r.excluded.push_back(exclusion);
}

}  // namespace

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
  if (agent.tier == Tier::l2) learn_prices();
  fill(agent);
}

void Coordinator::State::said(Agent& agent, const CapacityReport& report) {
  std::set<std::uint32_t> were_up;
  for (const auto index : agent.rows)
    if (fleet.row(index).up) were_up.insert(fleet.row(index).number);
  if (!fleet.set_report(agent, report, now)) return;
  for (const auto index : agent.rows)
    if (fleet.row(index).up) were_up.erase(fleet.row(index).number);
  if (!were_up.empty()) leave(agent, were_up);
  fill(agent);
}

/// Engines that answer no more, a stopped one among them, get no time until the deadline.
void Coordinator::State::leave(Agent& agent, const std::set<std::uint32_t>& down) {
  std::vector<AttemptId> held;
  for (const auto& [attempt, hold] : agent.attempts)
    if (down.contains(hold.engine)) held.push_back(attempt);
  for (const auto attempt : held) {
    auto* r = current(attempt);
    if (r == nullptr || r->running->begun) continue;
    const auto was = *r->running;
    cancel_attempt(*r, CancelReason::superseded, "engine down");
    ++r->failures;
    exclude(*r, {was.agent_serial, was.engine, std::nullopt}, exclusions_max);
    place_again(*r, "engine_down");
  }
}

void Coordinator::State::said(Agent& agent, const Accept& accept) {
  const auto* r = current(accept.attempt);
  if (r != nullptr && r->running->agent_serial == agent.serial) return;
  effects.push_back(SendCancel{agent.link, Cancel{accept.attempt, CancelReason::superseded}});
}

void Coordinator::State::said(Agent& agent, const Refuse& refuse) {
  const auto held = agent.attempts.find(refuse.attempt);
  if (held == agent.attempts.end()) return;
  const auto engine = held->second.engine;
  fleet.release(agent, refuse.attempt, false);
  budget.cancel(refuse.attempt);
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
  if (++r->refusals > refusals_max) {
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
  const auto engine = held->second.engine;
  fleet.release(agent, finish.attempt, true);
  settle(finish, agent.tier);
  if (auto* r = current(finish.attempt)) {
    if (!finish.error) {
      fleet.succeeded(agent, engine, now);
      learn(*r, finish);
    } else if (finish.error->code == Code::upstream_failed) {
      fleet.failed(agent, engine, now);
    }
    const auto was = *r->running;
    r->running.reset();
    --running;
    if (agent.tier != Tier::l2) service_ms += (finish.timings.total_ms - service_ms) / 16;
    if (auto* log = r->story.attempt(finish.attempt.number)) {
      log->timings = finish.timings;
      log->usage = finish.usage;
      log->outcome = outcome_of(finish);
    }
    if (handed_back(finish))
      give_back(*r, was, agent, "handed_back", "the machine's owner is back");
    else if (turned_away(finish))
      give_back(*r, was, agent, "rate_limited", "the cloud's limits are reached");
    else if (finish.error && finish.error->code == Code::grade_forbids_cloud)
      keep_here(*r, *finish.error);
    else if (finish.error)
      failed(*r, was);
    else
      complete(*r);
  }
  fill(agent);
}

/// How long prompts of this model are as bytes. A prompt with the beginning of its answer behind it
/// teaches nothing.
void Coordinator::State::learn(const Request& r, const Finish& finish) {
  if (!r.spec.one_text || (r.spec.needs & feature::continues) != 0) return;
  if (const auto model = catalog.exact(r.served_model); model.kind == ModelQuery::Kind::exact)
    fleet.learn(model.index, r.spec.body_bytes, finish.usage.prompt);
}

void Coordinator::State::failed(Request& r, const Running& was) {
  ++r.failures;
  if (!r.committed && now >= was.due) return fail(r, Code::deadline_exceeded);
  exclude(r, {was.agent_serial, was.engine, std::nullopt}, exclusions_max);
  place_again(r, "upstream_failed", "the engine failed");
}

/// Nobody is to blame: it runs elsewhere, or here once the agent has reported again.
void Coordinator::State::give_back(Request& r, const Running& was, const Agent& agent,
                                   std::string_view why, std::string detail) {
  if (!r.committed && now >= was.due) return fail(r, Code::deadline_exceeded);
  --r.tries;
  exclude(r, {was.agent_serial, was.engine, agent.reports}, exclusions_max);
  place_again(r, why, std::move(detail));
}

void Coordinator::State::on(const DrainAsked& event) {
  auto* agent = fleet.find(event.node);
  if (agent == nullptr) {
    effects.push_back(Reply{event.reply, NotFound{event.node}});
    return;
  }
  fleet.set_drain(*agent, event.on);
  agent->drain_untold = agent->absent_since.has_value();
  if (!agent->drain_untold) effects.push_back(SendDrain{agent->link, Drain{event.on}});
  effects.push_back(Reply{event.reply, DrainAnswer{event.node, event.on}});
  fill(*agent);
}

}  // namespace weir::domain
