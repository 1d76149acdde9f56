// The coordinator: every event that its brain was told, and everything it wanted done.
#include "tests/sim/world/oracle.hpp"

#include <algorithm>

namespace weir::sim {
namespace {

/// A cancelled attempt counts against its engine so long, whatever its agent says.
constexpr Micros cancel_grace{4'900'000};
constexpr Millis spill_calm{10'000};
constexpr Grade factory_grade = Grade::p0;

std::optional<AttemptId> answered_by(const BrainEvent& cause) {
  const auto* said = std::get_if<AgentSaid>(&cause);
  if (said == nullptr) return std::nullopt;
  if (const auto* finish = std::get_if<Finish>(&said->message)) return finish->attempt;
  if (const auto* refuse = std::get_if<Refuse>(&said->message)) return refuse->attempt;
  return std::nullopt;
}

}  // namespace

void Oracle::brain_decided(CoordinatorProcess& process, const BrainEvent& event,
                           const std::vector<BrainEffect>& effects) {
  freed_.reset();
  heard(process.incarnation(), event);
  bool dispatches = false;
  for (const auto& effect : effects) {
    dispatches = dispatches || std::holds_alternative<SendDispatch>(effect);
    decided(process.incarnation(), event, effect);
  }
  const auto* submitted = std::get_if<Submitted>(&event);
  const bool tick = std::holds_alternative<Tick>(event);
  if (submitted != nullptr || tick) {
    const auto* t =
        submitted == nullptr ? nullptr : find({process.incarnation(), submitted->spec.id});
    check_books(process, t != nullptr && t->alive && !t->current);
  }
  if (tick || dispatches || answered_by(event)) check_slots(process);
}

// ---- what it was told ----------------------------------------------------------------------

void Oracle::heard(std::uint64_t incarnation, const BrainEvent& event) {
  if (const auto* e = std::get_if<Submitted>(&event)) {
    heard(incarnation, *e);
  } else if (const auto* gone = std::get_if<ClientGone>(&event)) {
    const RequestKey key{incarnation, gone->request};
    if (auto* t = find(key)) t->alive = false;
    alive_.erase(key);
  } else if (const auto* down = std::get_if<AgentDown>(&event)) {
    gave_up(down->link);
  } else if (const auto* said = std::get_if<AgentSaid>(&event)) {
    heard(*said);
  } else if (const auto* denied = std::get_if<ClearanceDenied>(&event)) {
    heard(incarnation, *denied);
  }
}

void Oracle::heard(std::uint64_t incarnation, const Submitted& event) {
  const auto& spec = event.spec;
  const RequestKey key{incarnation, spec.id};
  auto& t = tracked_.at(key);
  t.alive = true;
  alive_.insert(key);
  auto grade = spec.label.value_or(spec.key_default.value_or(factory_grade));
  if (spec.tenant == "finance") grade = strictest(grade, Grade::p1);
  grade = strictest(grade, spec.found.complete ? spec.found.grade : Grade::p0);
  if (!spec.session.empty()) {
    auto& bound = sessions_.try_emplace(spec.tenant + "/" + spec.session, Grade::p2).first->second;
    grade = bound = strictest(bound, grade);
  }
  t.grade = grade;
}

void Oracle::heard(std::uint64_t, const ClearanceDenied& event) {
  over(event.attempt);
  auto* t = find(key_of(event.attempt));
  if (t != nullptr && event.grade) t->grade = strictest(*t->grade, *event.grade);
}

void Oracle::heard(const AgentSaid& event) {
  if (const auto* finish = std::get_if<Finish>(&event.message)) {
    const auto hold = held_.find(finish->attempt);
    if (hold != held_.end() && hold->second.link == event.link) over(finish->attempt);
  } else if (const auto* refuse = std::get_if<Refuse>(&event.message)) {
    const auto hold = held_.find(refuse->attempt);
    if (hold != held_.end() && hold->second.link == event.link) over(refuse->attempt);
  }
}

/// The attempt has ended, and the brain knows it.
void Oracle::over(AttemptId attempt) {
  held_.erase(attempt);
  auto* t = find(key_of(attempt));
  if (t == nullptr || t->current != attempt) return;
  freed_ = attempt;
  t->current.reset();
}

/// What ran behind this link may be anywhere now; what it holds is no longer known.
void Oracle::gave_up(LinkId link) {
  std::erase_if(held_, [&](const auto& entry) { return entry.second.link == link; });
  for (const auto& key : alive_) {
    auto& t = tracked_.at(key);
    if (t.link == link) t.shaky = true;
  }
}

// ---- what it wanted done -------------------------------------------------------------------

void Oracle::decided(std::uint64_t incarnation, const BrainEvent& cause,
                     const BrainEffect& effect) {
  if (const auto* dispatch = std::get_if<SendDispatch>(&effect)) {
    decided(cause, *dispatch);
  } else if (const auto* cancel = std::get_if<SendCancel>(&effect)) {
    const auto attempt = cancel->cancel.attempt;
    if (const auto hold = held_.find(attempt); hold != held_.end())
      hold->second.until = world_.now() + cancel_grace;
    if (auto* t = find(key_of(attempt)); t != nullptr && t->current == attempt) t->current.reset();
  } else if (const auto* resume = std::get_if<SendResume>(&effect)) {
    ++resumed_;
    if (auto* t = find(key_of(resume->attempt)); t != nullptr && t->current == resume->attempt) {
      t->link = resume->link;
      t->shaky = false;
      held_[resume->attempt] = {t->node, resume->link, {}};
    }
  } else if (const auto* drop = std::get_if<DropLink>(&effect)) {
    gave_up(drop->link);
  } else if (const auto* failure = std::get_if<FailRequest>(&effect)) {
    ended({incarnation, failure->request}, cause, failure->error.code);
  } else if (const auto* done = std::get_if<CompleteRequest>(&effect)) {
    ended({incarnation, done->request}, cause, std::nullopt);
  } else if (std::holds_alternative<SpillChanged>(effect)) {
    if (spill_changed_ && world_.now() - *spill_changed_ < spill_calm)
      broken("spill_calm", "the spill mode changed twice within 10 s");
    spill_changed_ = world_.now();
  }
}

void Oracle::decided(const BrainEvent& cause, const SendDispatch& e) {
  const auto attempt = e.dispatch.attempt;
  auto* t = find(key_of(attempt));
  if (t == nullptr || !t->alive)
    return broken("ends_once", say(attempt) + " was dispatched, its request is over");
  ++dispatched_;
  if (strictest(*t->grade, e.dispatch.grade) != e.dispatch.grade ||
      strictest(*t->grade, e.placement.grade) != e.placement.grade)
    return broken("grade", say(attempt) + " goes as " +
                               std::string{weir::name_of(e.dispatch.grade)} + " and is " +
                               std::string{weir::name_of(*t->grade)});
  if (e.placement.tier == Tier::l2 && *t->grade == Grade::p0)
    return broken("secrecy", say(attempt) + " is P0 and was placed on L2");
  const auto answered = answered_by(cause);
  const bool agent_spoke = std::holds_alternative<AgentSaid>(cause);
  if (t->current && agent_spoke && !t->shaky)
    return broken(
        "fencing",
        say(attempt) + " was dispatched while " + say(*t->current) + " runs, after " +
            (answered ? say(*answered) + " was answered" : std::string{"an agent's report"}));
  if (attempt.number <= t->number)
    return broken("fencing",
                  say(attempt) + " was dispatched after number " + std::to_string(t->number));
  t->current = attempt;
  t->number = attempt.number;
  t->link = e.link;
  t->shaky = false;
  t->node = index_of_node(e.placement.node);
  t->tried.insert(t->node);
  held_[attempt] = {t->node, e.link, {}};
}

void Oracle::ended(RequestKey key, const BrainEvent& cause, std::optional<Code> error) {
  auto* t = find(key);
  const auto name = "request " + std::to_string(key.request.value);
  if (t == nullptr || !t->alive) return broken("ends_once", name + " was ended twice");
  const auto answered = answered_by(cause);
  const bool of_this = answered && answered->request == key.request;
  if (!error && freed_ != answered)
    return broken("fencing", name + " was completed by an attempt that is not current" +
                                 (answered ? ": " + say(*answered) : ""));
  if (!error && !of_this)
    return broken("fencing", name + " was completed by another request's answer");
  if (error && of_this && freed_ != answered && t->current && !t->shaky)
    return broken("fencing", name + " was failed by " + say(*answered) + " while " +
                                 say(*t->current) + " runs");
  t->alive = false;
  t->current.reset();
  alive_.erase(key);
}

// ---- its books against ours ----------------------------------------------------------------

void Oracle::check_books(CoordinatorProcess& process, bool waits) {
  const auto answer = process.ask(Question::queues);
  const auto* view = std::get_if<QueueView>(&answer);
  if (view == nullptr) return broken("bounded", "the brain does not tell of its queues");
  if (view->waiting + view->running != alive_.size())
    broken("ends_once", std::to_string(view->waiting) + " wait and " +
                            std::to_string(view->running) + " run of " +
                            std::to_string(alive_.size()) + " requests that have not ended");
  // Those who lost their machine keep their place, however full the queue is by then.
  if (waits && view->waiting > world_.scenario.waiting_max)
    broken("bounded", std::to_string(view->waiting) + " wait, a new one among them");
}

void Oracle::check_slots(CoordinatorProcess& process) {
  std::erase_if(held_, [&](const auto& entry) {
    return entry.second.until && *entry.second.until <= world_.now();
  });
  std::vector<std::uint32_t> held(nodes_.size(), 0);
  for (const auto& [attempt, hold] : held_) ++held[hold.node];
  const auto answer = process.ask(Question::fleet);
  const auto* view = std::get_if<FleetView>(&answer);
  if (view == nullptr) return broken("reservations", "the brain does not tell of its fleet");
  for (const auto& node : view->nodes) {
    const auto index = index_of_node(node.name);
    if (node.slots_used < std::min(held[index], node.slots_total))
      broken("reservations", node.name + ": " + std::to_string(held[index]) +
                                 " attempts hold a slot, the brain counts " +
                                 std::to_string(node.slots_used));
  }
}

bool Oracle::at_rest(CoordinatorProcess& process) {
  if (!alive_.empty() || process.jobs() > 0) return false;
  for (const auto& node : nodes_) {
    const auto* agent = node->process();
    if (agent == nullptr || node->engine.running() > 0) return false;
    if (agent->runner().jobs() > 0 || agent->runner().lingering() > 0) return false;
  }
  const auto answer = process.ask(Question::fleet);
  const auto* view = std::get_if<FleetView>(&answer);
  if (view == nullptr || view->nodes.size() != nodes_.size()) return false;
  return std::all_of(view->nodes.begin(), view->nodes.end(), [](const NodeView& node) {
    return node.state == "up" && node.slots_used == 0;
  });
}

void Oracle::check_the_end(CoordinatorProcess& process) {
  if (!alive_.empty())
    broken("nothing_left",
           "the brain has not ended request " + std::to_string(alive_.begin()->request.value));
  for (const auto& [key, t] : tracked_)
    if (t.waits)
      broken("nothing_left",
             "a client still waits for request " + std::to_string(key.request.value));
  if (process.jobs() > 0) broken("nothing_left", "the gateway has requests left");
  for (const auto& node : nodes_) {
    const auto* agent = node->process();
    if (agent == nullptr)
      broken("nothing_left", node->name + " did not come back");
    else if (agent->runner().jobs() > 0 || agent->runner().lingering() > 0)
      broken("nothing_left", node->name + " has jobs or answers left");
    if (node->engine.running() > 0) broken("nothing_left", node->name + "'s engine still runs");
  }
  const auto answer = process.ask(Question::fleet);
  const auto* view = std::get_if<FleetView>(&answer);
  if (view == nullptr || view->nodes.size() != nodes_.size())
    return broken("nothing_left", "an agent is missing from the fleet");
  for (const auto& node : view->nodes) {
    if (node.slots_used > 0)
      broken("nothing_left", node.name + ": " + std::to_string(node.slots_used) + " slots held");
    if (node.state != "up") broken("nothing_left", node.name + " is " + node.state);
  }
  const auto queues = process.ask(Question::queues);
  if (const auto* q = std::get_if<QueueView>(&queues);
      q == nullptr || q->waiting + q->running > 0 || !q->classes.empty())
    broken("nothing_left", "the brain's queue is not empty");
}

}  // namespace weir::sim
