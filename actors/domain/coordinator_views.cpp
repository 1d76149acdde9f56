#include "actors/domain/coordinator_state.hpp"

#include <algorithm>
#include <set>

namespace weir::domain {

namespace {

NodeView view_of(const Fleet& fleet, const Agent& agent) {
  NodeView view;
  view.name = agent.name;
  view.tier = agent.tier;
  view.state = name_of(agent.state());
  std::set<std::string> models;
  for (const auto& engine : agent.engines)
    for (const auto& model : engine.models) models.insert(model.id);
  view.models.assign(models.begin(), models.end());
  for (const auto index : agent.rows) {
    const auto& row = fleet.row(index);
    const auto used = std::uint64_t{row.used()} + row.slots_foreign;
    view.slots_total += row.slots_total;
    view.slots_used += static_cast<std::uint32_t>(std::min<std::uint64_t>(used, row.slots_total));
  }
  view.host = agent.host;
  view.report = agent.report;
  view.engines = agent.engines;
  return view;
}

}  // namespace

void Coordinator::State::on(const Asked& event) {
  Reply reply{event.reply, NotFound{event.argument}};
  switch (event.question) {
    case Question::fleet:
      reply.answer = fleet_view();
      break;
    case Question::queues:
      reply.answer = queue_view();
      break;
    case Question::explain:
      reply.answer = explain(event.argument);
      break;
  }
  effects.push_back(std::move(reply));
}

/// As for a request that came now, but that nothing remembers it: neither its session, nor the
/// spill, nor the dice.
void Coordinator::State::on(const Supposed& event) {
  Request r;
  r.spec = event.spec;
  r.graded = grading.suppose(r.spec);
  r.gate = gate_of(r.spec, r.graded.grade);
  r.story.request = r.spec.public_id;
  r.story.tenant = r.spec.tenant;
  r.story.model = r.spec.model;
  r.story.grade = r.graded.grade;
  r.story.grade_why = r.graded.why;
  r.story.found = r.spec.found.counts;
  r.story.priority = r.spec.priority;
  auto job = job_of(r);
  auto dice = random;
  auto placed = placer.place(job, fleet, placing, dice);
  if (!placed.choice && spill.on() && placed.survey.count(Filter::local_first) > 0) {
    job.spill = true;
    placed = placer.place(job, fleet, placing, dice);
  }
  if (placed.choice) {
    r.story.state = "would run";
    r.story.attempts.push_back(log_attempt(job, fleet, placing, placer.seen(), *placed.choice));
    r.story.attempts.back().number = 1;
  } else {
    const auto verdict = judge(
        placed.survey, {r.query.kind != ModelQuery::Kind::unknown, fleet.somebody_serves(), false});
    const bool waits = verdict.kind == Verdict::Kind::wait;
    r.story.state = waits ? "would wait" : "would fail";
    if (!waits) r.story.error = name_of(verdict.code);
    r.story.attempts.push_back(log_unplaced(job, fleet, placing, placer.seen()));
  }
  effects.push_back(Reply{event.reply, journal.explain(r.story)});
}

FleetView Coordinator::State::fleet_view() const {
  FleetView view;
  view.aliases = policy.models;
  for (const auto& [name, agent] : fleet.by_name()) view.nodes.push_back(view_of(fleet, *agent));
  return view;
}

QueueView Coordinator::State::queue_view() const {
  QueueView view;
  view.waiting = static_cast<std::uint32_t>(queue.size());
  view.spilling = spill.on();
  view.waiting_max = policy.queue.waiting_max;
  view.running = running;
  view.classes = queue.view(now);
  return view;
}

Answer Coordinator::State::explain(const std::string& id) const {
  if (const auto live = public_ids.find(id); live != public_ids.end())
    return journal.explain(requests.at(live->second).story);
  if (const auto* story = journal.find(id)) return journal.explain(*story);
  return NotFound{id};
}

}  // namespace weir::domain
