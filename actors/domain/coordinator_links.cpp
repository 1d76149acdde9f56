// Agents that come, fall silent, go, and come back: ARCHITECTURE's table of failures.
#include "actors/domain/coordinator_state.hpp"

#include <algorithm>
#include <utility>

namespace weir::domain {

void Coordinator::State::on(const AgentUp& event) {
  const auto& peer = event.peer;
  if (peer.role != "agent" || !peer.tier || peer.name.empty()) {
    effects.push_back(DropLink{event.link, "its certificate names no agent with a tier"});
    return;
  }
  auto* agent = fleet.find(peer.name);
  if (agent != nullptr && !agent->absent_since) {
    effects.push_back(DropLink{agent->link, "replaced by a newer link of the same agent"});
    part(*agent);
  }
  if (agent != nullptr && agent->tier != *peer.tier) {
    lose(*agent);
    agent = nullptr;
  }
  if (agent != nullptr) {
    fleet.rejoin(*agent, event.link, now);
    if (std::exchange(agent->drain_untold, false) || agent->drain_asked)
      effects.push_back(SendDrain{event.link, Drain{agent->drain_asked}});
  } else {
    agent = fleet.add(event.link, peer.name, *peer.tier, now);
    if (agent == nullptr) {
      effects.push_back(DropLink{event.link, "too many agents"});
      return;
    }
    agent->name_number = journal.name_number(agent->name);
  }
  agent->incarnation = event.hello.incarnation;
  resume(*agent, event.hello);
}

/// What the agent still runs goes on where a begun answer waits for it, and ends otherwise; what
/// it does not run any more is gone. Its slots are offered only by its next report.
void Coordinator::State::resume(Agent& agent, const Hello& hello) {
  std::set<AttemptId> alive;
  for (const auto& progress : hello.attempts) {
    const auto attempt = progress.attempt;
    if (attempt.incarnation != incarnation) continue;  // another coordinator's
    const auto* r = current(attempt);
    if (r != nullptr && r->running->agent_serial == agent.serial && r->running->begun) {
      alive.insert(attempt);
      effects.push_back(SendResume{agent.link, attempt});
    } else {
      effects.push_back(SendCancel{agent.link, Cancel{attempt, CancelReason::unknown_attempt}});
    }
  }
  std::vector<AttemptId> gone;
  for (const auto& [attempt, held] : agent.attempts)
    if (!alive.contains(attempt)) gone.push_back(attempt);
  for (const auto attempt : gone) {
    fleet.release(agent, attempt, false);
    if (auto* r = current(attempt)) break_off(*r, "link_lost", "the machine forgot it");
  }
}

void Coordinator::State::on(const AgentDown& event) {
  auto* agent = fleet.find(event.link);
  if (agent == nullptr) return;
  const bool long_silent = now - agent->progressed >= policy.lost_after_silence;
  part(*agent);
  if (long_silent) lose(*agent);
}

/// The link is gone: what has no token yet is placed again at once, begun answers wait.
void Coordinator::State::part(Agent& agent) {
  std::vector<AttemptId> held;
  for (const auto& [attempt, hold] : agent.attempts) held.push_back(attempt);
  fleet.part(agent, now);
  absences.push_back({now + policy.lost_after_close, agent.serial});
  for (const auto attempt : held) {
    auto* r = current(attempt);
    if (r == nullptr || r->running->begun) continue;
    fleet.release(agent, attempt, false);
    break_off(*r, "link_lost", "");
  }
}

void Coordinator::State::lose(Agent& agent) {
  const auto attempts = std::move(agent.attempts);
  agent.attempts.clear();
  fleet.remove(agent);
  for (const auto& [attempt, held] : attempts)
    if (auto* r = current(attempt)) break_off(*r, "link_lost", "the machine was lost");
}

/// The current attempt ended with its machine, not by its engine's fault.
void Coordinator::State::break_off(Request& r, std::string_view why, std::string detail) {
  if (auto* log = r.story.attempt(r.running->attempt.number)) log->outcome = "link lost";
  r.running.reset();
  --running;
  place_again(r, why, std::move(detail));
}

void Coordinator::State::settle_standstill() {
  if (last_tick && now - *last_tick >= standstill_min)
    fleet.forgive(std::chrono::duration_cast<Millis>(now - *last_tick), now);
  last_tick = now;
}

/// Whether so many fell silent within a second that the fault must be here: then nobody is
/// suspected, for a while.
bool Coordinator::State::frozen(const std::vector<Agent*>& silent) {
  const auto fresh = std::count_if(silent.begin(), silent.end(),
                                   [](const Agent* agent) { return !agent->suspect; });
  suspected.erase(suspected.begin(),
                  std::find_if(suspected.begin(), suspected.end(),
                               [&](TimePoint at) { return now - at < Millis{1'000}; }));
  const auto count = static_cast<std::size_t>(fresh) + suspected.size();
  const bool many =
      count >= frozen_agents_min && count * 100 > fleet.by_name().size() * frozen_percent;
  if (!many) {
    frozen_since.reset();
    return false;
  }
  if (!frozen_since) frozen_since = now;
  return now - *frozen_since < policy.frozen_max;
}

void Coordinator::State::watch_the_silent() {
  const auto silent = fleet.silent_since(now - policy.suspect_after);
  if (silent.empty() || frozen(silent)) return;
  std::vector<AttemptId> to_move;
  for (auto* agent : silent) {
    if (agent->suspect) continue;
    fleet.set_suspect(*agent, true);
    suspected.push_back(now);
    for (const auto& [attempt, held] : agent->attempts) to_move.push_back(attempt);
  }
  // Only now: none of them may be placed on another that fell silent with it.
  for (const auto attempt : to_move) {
    auto* r = current(attempt);
    if (r == nullptr || r->running->begun) continue;
    cancel_attempt(*r, CancelReason::superseded, "agent fell silent");
    place_again(*r, "agent_silent");
  }
  for (auto* agent : silent) {
    if (now - agent->progressed < policy.lost_after_silence) continue;
    effects.push_back(DropLink{agent->link, "its agent was silent for too long"});
    part(*agent);
    lose(*agent);
  }
}

void Coordinator::State::give_up_the_absent() {
  while (!absences.empty() && absences.front().until <= now) {
    auto* agent = fleet.find_serial(absences.front().agent_serial);
    absences.pop_front();
    if (agent != nullptr && agent->absent_since &&
        now - *agent->absent_since >= policy.lost_after_close)
      lose(*agent);
  }
}

/// A link may be silent in one direction alone: its agent's reports say nothing of the other.
void Coordinator::State::on(const Unanswered& event) {
  auto* r = current(event.attempt);
  if (r == nullptr || r->running->begun) return;
  const auto serial = r->running->agent_serial;
  cancel_attempt(*r, CancelReason::superseded, "no answer from the agent");
  r->excluded.push_back({serial, std::nullopt, std::nullopt});
  place_again(*r, "agent_silent");
}

/// Nobody heard of the attempt: its slot is free again, and engines of that kind are no choice.
void Coordinator::State::on(const Unsayable& event) {
  auto* r = current(event.attempt);
  if (r == nullptr) return;
  auto* agent = fleet.find_serial(r->running->agent_serial);
  WEIR_ASSERT(agent != nullptr);
  r->kinds &= ~kind_bit(r->running->kind);
  fleet.release(*agent, event.attempt, false);
  r->running.reset();
  --running;
  --r->tries;
  if (auto* log = r->story.attempt(event.attempt.number))
    log->outcome = "its dialect cannot say it";
  r->unsayable = event.error;
  place_again(*r, "dialect");
  fill(*agent);
}

void Coordinator::State::forget_cancelled() {
  while (!cancelled.empty() && cancelled.front().forget_at <= now) {
    const auto entry = cancelled.front();
    cancelled.pop_front();
    if (auto* agent = fleet.find_serial(entry.agent_serial))
      fleet.release(*agent, entry.attempt, false);
  }
}

}  // namespace weir::domain
