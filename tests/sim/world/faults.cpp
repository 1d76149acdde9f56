// What goes wrong in a world, when, for how long, and how it is made good.
#include "tests/sim/world/world.hpp"

#include <algorithm>
#include <utility>

namespace weir::sim {

std::vector<Node*> World::group(const std::string& who) const {
  std::vector<Node*> found;
  for (const auto& node : nodes_)
    if (who.empty() || node->group.name == who) found.push_back(node.get());
  return found;
}

void World::arm(const Fault& fault) {
  if (fault.every_ms == 0) {
    context_.timeline.after(Millis{fault.from_ms}, [this, &fault] { strike(fault); });
    return;
  }
  const auto from = context_.timeline.begin() + Millis{fault.from_ms};
  const auto until = std::min(run_end(), context_.timeline.begin() + Millis{fault.until_ms});
  const auto at = std::max(from, context_.now()) + context_.gap(Micros{Millis{fault.every_ms}});
  if (at >= until) return;
  context_.timeline.at(at, [this, &fault] {
    strike(fault);
    arm(fault);
  });
}

/// `undo` comes at the end of the run at the latest.
void World::for_a_while(Micros time, Timeline::Action undo) {
  context_.timeline.at(std::min(context_.now() + time, run_end()), std::move(undo));
}

void World::strike(const Fault& fault) {
  const Micros mean{Millis{fault.for_ms}};
  const auto time = fault.every_ms == 0 ? mean : context_.between(mean / 2, mean * 3 / 2);
  if (fault.kind == FaultKind::coordinator_restart) return restart_coordinator(time);
  if (fault.kind == FaultKind::coordinator_freeze) return freeze_coordinator(time);
  const auto nodes = group(fault.who);
  if (fault.every_ms == 0)
    for (auto* node : nodes) strike(fault, *node, time);
  else
    strike(fault, *nodes[context_.random.below(static_cast<std::uint32_t>(nodes.size()))], time);
}

void World::strike(const Fault& fault, Node& node, Micros time) {
  auto& engine = node.engine;
  const auto worse = [&](std::uint32_t& figure, std::uint32_t value) {
    engine.touched();
    figure = value;
    for_a_while(time, [&engine, &figure, well = &figure == &engine.slowness ? 1U : 0U] {
      engine.touched();
      figure = well;
    });
  };
  context_.note(node.name, "fault", {}, static_cast<std::int64_t>(fault.kind));
  switch (fault.kind) {
    case FaultKind::agent_crash:
      if (node.process() == nullptr) return;
      oracle_.node_lost(node.index, true);
      kill_agent(node);
      return for_a_while(time, [this, &node] {
        oracle_.node_back(node.index);
        start_agent(node);
      });
    case FaultKind::agent_stop:
      return stop(node, time);
    case FaultKind::agent_term:
      return term(node, time);
    case FaultKind::cut_to_agent:
      return silence(node, time, true, false);
    case FaultKind::cut_from_agent:
      return silence(node, time, false, true);
    case FaultKind::cut:
      return silence(node, time, true, true);
    case FaultKind::link_loss:
      return network_.break_links(node.index);
    case FaultKind::link_slow:
      network_.set_speed(node.index, fault.factor);
      return for_a_while(time, [this, &node] { network_.set_speed(node.index, 0); });
    case FaultKind::engine_crash:
      engine.crash(true);
      return for_a_while(time, [&engine] { engine.crash(false); });
    case FaultKind::engine_errors:
      return worse(engine.error_percent, fault.percent);
    case FaultKind::engine_stall:
      return worse(engine.stall_percent, fault.percent);
    case FaultKind::engine_slow:
      return worse(engine.slowness, fault.factor);
    case FaultKind::cloud_busy:
      return worse(engine.busy_percent, fault.percent);
    case FaultKind::owner:
      show_owner(node, true);
      return for_a_while(time, [this, &node] { show_owner(node, false); });
    case FaultKind::drain:
      drain(node, true);
      return for_a_while(time, [this, &node] { drain(node, false); });
    case FaultKind::coordinator_restart:
    case FaultKind::coordinator_freeze:
      return;
  }
}

void World::show_owner(Node& node, bool present) {
  node.owner_present = present;
  if (auto* process = node.process())
    process->run([process, present] { process->tell(OwnerObserved{present}); });
}

void World::silence(Node& node, Micros time, bool to_agent, bool from_agent) {
  if (from_agent) oracle_.node_lost(node.index, false);
  if (to_agent) network_.block(node.index, End::coordinator, true);
  if (from_agent) network_.block(node.index, End::agent, true);
  for_a_while(time, [this, &node, to_agent, from_agent] {
    context_.note(node.name, "reachable again");
    if (to_agent) network_.block(node.index, End::coordinator, false);
    if (from_agent) network_.block(node.index, End::agent, false);
    oracle_.node_back(node.index);
  });
}

void World::stop(Node& node, Micros time) {
  auto* process = node.process();
  if (process == nullptr || process->stopped()) return;
  oracle_.node_lost(node.index, false);
  process->stop();
  for_a_while(time, [this, &node, process] {
    context_.note(node.name, "goes on");
    oracle_.node_back(node.index);
    process->go_on();
  });
}

void World::term(Node& node, Micros time) {
  auto* process = node.process();
  if (process == nullptr || process->on_drained) return;
  process->on_drained = [this, &node, process, time] {
    context_.timeline.after(Micros{0}, [this, &node, process, time] {
      if (node.process() != process) return;
      kill_agent(node);
      context_.timeline.after(time, [this, &node] { start_agent(node); });
    });
  };
  process->run([process] { process->tell(WorkerStop{}); });
}

void World::drain(Node& node, bool on) {
  node.draining = on;
  auto* c = coordinator();
  if (c == nullptr) return;
  c->run([c, on, name = node.name] { c->tell(DrainAsked{ReplyId{1}, name, on}); });
}

void World::restart_coordinator(Micros time) {
  auto* c = coordinator();
  if (c == nullptr) return;
  context_.note("coordinator", "dies");
  c->kill();
  c->lose_clients();
  network_.process_died(*c);
  oracle_.coordinator_restarted();
  for_a_while(time, [this] {
    context_.note("coordinator", "starts");
    start_coordinator();
  });
}

void World::freeze_coordinator(Micros time) {
  auto* c = coordinator();
  if (c == nullptr || c->stopped()) return;
  context_.note("coordinator", "stands still", {}, time.count() / 1'000);
  oracle_.coordinator_stands_still(time);
  c->stop();
  for_a_while(time, [c] { c->go_on(); });
}

}  // namespace weir::sim
