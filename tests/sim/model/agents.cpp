// The agents' side: what they hold, what reaches them, and what a proxy lets out.
#include "tests/sim/model/world.hpp"

#include <algorithm>
#include <utility>

namespace weir::model {
namespace {

constexpr Millis tick{250};
constexpr Millis report_every{500};
/// Both sides keep an attempt so long after the end of a link.
constexpr Millis kept_after_close{3'000};

template <class List>
auto find_attempt(List& list, AttemptId attempt) {
  return std::find_if(list.begin(), list.end(),
                      [&](const auto& held) { return held.dispatch.attempt == attempt; });
}

}  // namespace

World::Agent* World::at(LinkId link) {
  for (auto& agent : agents_)
    if (agent.link == link && link.value != 0) return &agent;
  return nullptr;
}

/// A Dispatch reaches its agent, unless the link is gone. A proxy refuses some before their bodies.
void World::arrive(LinkId link, Dispatch dispatch) {
  auto* agent = at(link);
  if (agent == nullptr) return;
  if (agent->tier == Tier::l2) {
    if (const auto reason = domain::cloud_refusal(dispatch))
      return tell(AgentSaid{link, Refuse{dispatch.attempt, *reason, {}}});
    if (dispatch.grade == Grade::p0 || !dispatch.clearance)
      violate("order", "a proxy takes an order that nothing cleared");
  }
  agent->held.push_back({std::move(dispatch), Stage::offered, now_});
}

void World::body(LinkId link, AttemptId attempt, std::string body) {
  auto* agent = at(link);
  if (agent == nullptr) return;
  const auto held = find_attempt(agent->held, attempt);
  if (held == agent->held.end()) return;
  if (agent->tier == Tier::l2) passes(*agent, {held->dispatch, std::move(body), held->received});
}

/// The proxy's check; what it passes is what the cloud sees.
void World::passes(Agent& proxy, Arrived arrived) {
  const auto attempt = arrived.dispatch.attempt;
  const auto copy = arrived;
  auto cleared = proxy.checkpoint->check(now_, std::move(arrived));
  if (!cleared) {
    const auto held = find_attempt(proxy.held, attempt);
    if (held == proxy.held.end()) return;
    proxy.held.erase(held);
    return finished(proxy.link, attempt, Error{Code::grade_forbids_cloud, "not let out"});
  }
  judge_sink(proxy, copy, std::move(*cleared).take_bytes());
  proxy.last = copy;
  sunk_.push_back(attempt);
}

void World::cancel(LinkId link, AttemptId attempt) {
  auto* agent = at(link);
  if (agent == nullptr) return;
  const auto held = find_attempt(agent->held, attempt);
  if (held == agent->held.end()) return;
  agent->given_up.push_back(std::move(*held));
  agent->held.erase(held);
}

/// `anew`: as another process, which knows nothing of what ran.
void World::connect(Agent& agent, bool anew) {
  agent.link = LinkId{++links_};
  agent.lost_since.reset();
  agent.given_up.clear();
  if (anew) {
    agent.held.clear();
    agent.last.reset();
    agent.incarnation += 1'000;
    if (agent.tier == Tier::l2)
      agent.checkpoint.emplace(domain::toy_digests, agent.incarnation, domain::factory_detector());
  }
  if (agent.checkpoint) agent.checkpoint->learn(coordinator_incarnation, office().key());
  Hello hello;
  hello.incarnation = agent.incarnation;
  for (const auto& held : agent.held)
    hello.attempts.push_back({held.dispatch.attempt, held.stage == Stage::answering ? 1U : 0U});
  tell(AgentUp{agent.link, {"c", "agent", agent.name, agent.tier}, hello});
  Inventory inventory;
  inventory.revision = 1;
  EngineInventory engine;
  engine.engine = 1;
  engine.cloud = agent.tier == Tier::l2;
  ModelInfo model;
  model.id = "m";
  // Of the proxies one is always the better, so that nothing is left to chance.
  model.loaded = agent.name != "proxy-b";
  model.load_ms = 1'000;
  if (engine.cloud) model.in_per_mtok = model.out_per_mtok = MicroUsd{1'000};
  engine.models.push_back(model);
  inventory.engines.push_back(engine);
  tell(AgentSaid{agent.link, inventory});
  report(agent);
}

void World::report(Agent& agent) {
  CapacityReport report;
  report.number = ++agent.reports;
  EngineLoad load;
  load.engine = 1;
  load.state = EngineState::up;
  load.slots_total = 1;
  load.slots_used = static_cast<std::uint32_t>(
      std::count_if(agent.held.begin(), agent.held.end(),
                    [](const auto& h) { return h.stage != Stage::offered; }));
  load.slots_foreign = agent.tier != Tier::l2 && full_ ? 1 : 0;
  report.engines.push_back(load);
  tell(AgentSaid{agent.link, report});
}

void World::lose(Agent& agent) {
  const auto link = std::exchange(agent.link, LinkId{});
  agent.lost_since = now_;
  agent.given_up.clear();
  tell(AgentDown{link, "lost"});
}

void World::pass(Millis time) {
  for (Millis passed{0}; passed < time; passed += tick) {
    now_ += tick;
    for (auto& agent : agents_) {
      if (agent.link.value != 0 && (passed + tick) % report_every == Millis{0}) report(agent);
      if (agent.lost_since && now_ - *agent.lost_since >= kept_after_close) agent.held.clear();
    }
    tell(Tick{});
  }
}

void World::agent_says(const Action& action) {
  auto& agent = agents_[action.who];
  if (action.kind == Kind::replay) return passes(agent, *agent.last);
  if (action.kind == Kind::late) {
    const auto old = std::move(agent.given_up.front());
    agent.given_up.erase(agent.given_up.begin());
    const auto attempt = old.dispatch.attempt;
    if (old.stage == Stage::offered) return accepted(agent.link, attempt);
    bytes(agent.link, attempt, std::string{answer_canary});
    return finished(agent.link, attempt, {});
  }
  auto& held = agent.held[action.which];
  const auto attempt = held.dispatch.attempt;
  const auto text = agent.tier == Tier::l2 ? std::string{"cloud "} : std::string{answer_canary};
  if (action.kind == Kind::accept) {
    held.stage = Stage::running;
    return accepted(agent.link, attempt);
  }
  if (action.kind == Kind::begin) {
    held.stage = Stage::answering;
    return bytes(agent.link, attempt, text);
  }
  agent.held.erase(agent.held.begin() + action.which);
  if (action.kind == Kind::refuse)
    return tell(AgentSaid{agent.link, Refuse{attempt, RefusalReason::no_free_slot, {}}});
  if (action.kind == Kind::fail)
    return finished(agent.link, attempt, Error{Code::upstream_failed, "the engine"});
  bytes(agent.link, attempt, text);
  finished(agent.link, attempt, {});
}

}  // namespace weir::model
