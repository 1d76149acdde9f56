// What may happen next in a state, and the state as text.
#include "tests/sim/model/world.hpp"

#include <array>
#include <set>
#include <utility>

namespace weir::model {
namespace {

/// How often at most, whatever the disturbances together are bounded by. 0: by the state alone.
constexpr std::array<std::uint32_t, kinds> at_most{1, 1, 0, 0, 0, 0, 2, 2, 2, 1, 2, 0, 2, 2, 2, 1};

constexpr std::array<const char*, kinds> names{
    "submit", "companion", "clear", "accept", "begin", "finish", "refuse", "fail",
    "late",   "replay",    "lose",  "back",   "pass",  "policy", "site",   "leave"};

std::string seconds(TimePoint since, TimePoint now) {
  return std::to_string(millis_between(since, now));
}

}  // namespace

std::string text_of(const Action& action) {
  static constexpr const char* agents[] = {"site", "proxy-a", "proxy-b"};
  static constexpr const char* inspections[] = {"truthful", "incomplete", "misses"};
  static constexpr const char* verdicts[] = {"answers", "busy", "late"};
  static constexpr const char* rules[] = {"factory", "floor P0", "no cloud", "no redaction"};
  const std::string name = names[static_cast<std::size_t>(action.kind)];
  switch (action.kind) {
    case Kind::submit:
      return name + " (inspection: " + inspections[action.how] + ")";
    case Kind::clear:
      return name + " (the guard: " + verdicts[action.how] + ")";
    case Kind::policy:
      return name + " (" + rules[action.how] + ")";
    case Kind::pass:
      return name + " " + std::to_string(action.how) + " s";
    case Kind::companion:
    case Kind::site:
    case Kind::leave:
      return name;
    case Kind::back:
      return name + " " + agents[action.who] + (action.how != 0 ? " anew" : "");
    default:
      return name + " " + agents[action.who] + " " + std::to_string(action.which);
  }
}

bool World::disturbs(const Action& action) const {
  switch (action.kind) {
    case Kind::clear:
      return action.how != answers;
    case Kind::policy:
      return action.how != factory;
    case Kind::refuse:
    case Kind::fail:
    case Kind::late:
    case Kind::replay:
    case Kind::lose:
    case Kind::pass:
    case Kind::site:
    case Kind::leave:
      return true;
    default:
      return false;
  }
}

bool World::affordable(const Action& action) const {
  const auto kind = static_cast<std::size_t>(action.kind);
  if (at_most[kind] != 0 && done_[kind] >= at_most[kind]) return false;
  return !disturbs(action) || disturbed_ < bounds_.disturbances;
}

void World::offer_agents(std::vector<Action>& out) const {
  for (std::uint8_t who = 0; who < agents_.size(); ++who) {
    const auto& agent = agents_[who];
    if (agent.link.value == 0) {
      out.push_back({Kind::back, who, 0, 0});
      out.push_back({Kind::back, who, 1, 0});
      continue;
    }
    for (std::uint8_t i = 0; i < agent.held.size(); ++i) {
      const auto stage = agent.held[i].stage;
      if (stage == Stage::offered) {
        out.push_back({Kind::accept, who, 0, i});
        out.push_back({Kind::refuse, who, 0, i});
        continue;
      }
      out.push_back({stage == Stage::running ? Kind::begin : Kind::finish, who, 0, i});
      out.push_back({Kind::fail, who, 0, i});
    }
    if (!agent.given_up.empty()) out.push_back({Kind::late, who, 0, 0});
    if (agent.last) out.push_back({Kind::replay, who, 0, 0});
    out.push_back({Kind::lose, who, 0, 0});
  }
}

std::vector<Action> World::enabled() const {
  std::vector<Action> all;
  all.push_back({Kind::submit, 0, truthful, 0});
  all.push_back({Kind::submit, 0, incomplete, 0});
  if (victim_.found.grade != Grade::p2) all.push_back({Kind::submit, 0, misses, 0});
  if (victim_.session) all.push_back({Kind::companion, 0, 0, 0});
  if (!pending_.empty())
    for (const std::uint8_t how : {answers, busy, too_late})
      all.push_back({Kind::clear, 0, how, 0});
  offer_agents(all);
  all.push_back({Kind::pass, 0, 2, 0});
  all.push_back({Kind::pass, 0, 5, 0});
  if (rules_ != factory) {
    all.push_back({Kind::policy, 0, factory, 0});
  } else {
    for (const std::uint8_t how : {floor_p0, no_cloud, no_redaction})
      all.push_back({Kind::policy, 0, how, 0});
  }
  all.push_back({Kind::site, 0, 0, 0});
  if (const auto at = flows_.find(1); at != flows_.end() && !at->second.over)
    all.push_back({Kind::leave, 0, 0, 0});
  std::erase_if(all, [this](const Action& action) { return !affordable(action); });
  return all;
}

namespace {

void add(std::string& out, const Explanation& e) {
  out += e.state + e.error + e.grade_why + std::string{name_of(e.grade)};
  for (const auto& a : e.attempts) {
    out += '|' + std::to_string(a.number) + a.node + a.outcome + std::to_string(a.queue_ms);
    std::set<std::string> candidates;  // their order tells nothing
    for (const auto& c : a.candidates) candidates.insert(',' + c.node + c.filtered);
    for (const auto& c : candidates) out += c;
  }
}

void add(std::string& out, const QueueView& view) {
  out += "Q" + std::to_string(view.waiting) + std::to_string(view.running) +
         (view.spilling ? "spills" : "");
  for (const auto& c : view.classes)
    out += std::string{name_of(c.grade)} + std::to_string(c.waiting) + ',' +
           std::to_string(c.oldest_ms);
}

void add(std::string& out, const FleetView& view) {
  for (const auto& n : view.nodes) {
    out +=
        '|' + n.name + n.state + std::to_string(n.slots_used) + '/' + std::to_string(n.slots_total);
    for (const auto& load : n.report.engines)
      out += ',' + std::to_string(load.slots_used) + ',' + std::to_string(load.slots_foreign);
  }
}

}  // namespace

std::string World::digest() {
  std::string out = seconds(TimePoint{}, now_) + (full_ ? "full" : "free");
  out += std::to_string(rules_) + std::to_string(inspection_) + std::to_string(disturbed_) + ':';
  for (std::size_t i = 0; i < kinds; ++i)
    if (at_most[i] != 0) out += std::to_string(done_[i]);
  const auto add_held = [&](const Held& h) {
    out += '(' + std::to_string(h.dispatch.attempt.stream().value) +
           std::to_string(static_cast<int>(h.stage)) + std::string{name_of(h.dispatch.grade)} +
           seconds(TimePoint{}, h.received) + ')';
  };
  for (const auto& agent : agents_) {
    out += "\nA" + std::to_string(agent.incarnation) + (agent.link.value != 0 ? "up" : "down");
    if (agent.lost_since) out += seconds(*agent.lost_since, now_);
    for (const auto& held : agent.held) add_held(held);
    out += '/';
    for (const auto& held : agent.given_up) add_held(held);
    if (agent.last) out += 'L' + std::to_string(agent.last->dispatch.attempt.stream().value);
  }
  for (const auto& [id, flow] : flows_) {
    out += "\nF" + std::to_string(id) + (flow.committed ? "c" : "") + (flow.over ? "o" : "");
    out += std::to_string(flow.so_far.size()) + (flow.may_go_on ? "" : "r") + flow.spec.public_id;
    for (const auto grade : {flow.known, flow.session, flow.shown}) out += name_of(grade);
    if (flow.attempt)
      out += std::to_string(flow.attempt->id.stream().value) + (flow.attempt->accepted ? "a" : "") +
             (flow.attempt->told ? "t" : "") + (at(flow.attempt->link) != nullptr ? "l" : "") +
             std::to_string(flow.attempt->upstream.size());
    if (const auto view = explained(id)) add(out, *view);
  }
  for (const auto& p : pending_)
    out += "\nP" + std::to_string(p.order.dispatch.attempt.stream().value) +
           std::string{name_of(p.grade)} + (at(p.order.link) != nullptr ? "l" : "");
  out += "\nS" + std::string{name_of(session_)} + std::string{name_of(session_shown_)};
  for (const auto& attempt : sunk_) out += std::to_string(attempt.stream().value) + ',';
  answers_.clear();
  tell(Asked{ReplyId{1}, Question::queues, ""});
  tell(Asked{ReplyId{1}, Question::fleet, ""});
  for (const auto& answer : answers_) {
    if (const auto* queues = std::get_if<QueueView>(&answer)) add(out, *queues);
    if (const auto* fleet = std::get_if<FleetView>(&answer)) add(out, *fleet);
  }
  return out;
}

}  // namespace weir::model
