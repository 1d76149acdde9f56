// The properties, each of one layer alone: what one of them lets through is a violation, even where
// the next would stop it.
#include "tests/sim/model/world.hpp"

#include <algorithm>
#include <utility>

namespace weir::model {

void World::violate(std::string property, std::string what) {
  if (!violation_) violation_ = Violation{std::move(property), std::move(what)};
}

/// The strictest of what was said of the request, of its tenant now, and of its session.
Grade World::effective(const Flow& flow) const {
  auto grade = strictest(flow.known, flow.session);
  if (rules_ == floor_p0) grade = Grade::p0;
  if (!flow.spec.session.empty()) grade = strictest(grade, session_);
  return grade;
}

void World::judge_order(const SendDispatch& order) {
  const auto id = order.dispatch.attempt.request.value;
  auto& flow = flows_.at(id);
  // What did not wait was graded just now; what waited, when it began to.
  if (!std::exchange(flow.waits, false) && !flow.spec.session.empty()) flow.session = session_;
  judge_grade(id, order.dispatch.grade);
  const auto* agent = at(order.link);
  if (agent == nullptr || agent->tier != Tier::l2) return;
  const auto grade = effective(flow);
  const std::string to = " is sent to " + agent->name;
  const auto& counts = flow.spec.found.counts;
  const bool replaceable =
      counts[index_of(Sensitive::cn_mobile)] > 0 && counts[index_of(Sensitive::email)] > 0;
  if (!order.cloud) violate("placement", "what needs no clearance" + to);
  if (grade == Grade::p0) violate("placement", "P0" + to);
  if (grade == Grade::p1 && !replaceable) violate("placement", "P1 that nobody can redact" + to);
  if (grade == Grade::p1 && rules_ == no_redaction) violate("placement", "P1 kept off" + to);
  if (rules_ == no_cloud) violate("placement", "what the policy keeps here" + to);
  if (order.placement.continues) violate("placement", "a begun answer" + to);
  if (order.dispatch.grade > grade) violate("placement", "a laxer grade" + to);
}

void World::judge_sink(const Agent& proxy, const Arrived& arrived, std::string_view bytes) {
  const auto attempt = arrived.dispatch.attempt;
  if (const auto canary = canary_in(victim_, bytes); !canary.empty())
    violate("sink", proxy.name + " sent " + canary);
  if (std::find(sunk_.begin(), sunk_.end(), attempt) != sunk_.end())
    violate("replay", proxy.name + " sent one attempt twice");
  if (attempt.request.value == 1) reached_ = true;
  if (victim_.truth == Grade::p0 || (victim_.truth == Grade::p1 && victim_.told))
    violate("sink", proxy.name + " sent what never leaves");
}

/// A grade that the brain shows of a request is never laxer than one before.
void World::judge_grade(std::uint64_t id, Grade grade) {
  const auto at = flows_.find(id);
  if (at == flows_.end()) return;
  auto& shown = at->second.shown;
  if (grade > shown)
    violate("monotone", "a request that was " + std::string{name_of(shown)} + " is " +
                            std::string{name_of(grade)});
  shown = strictest(shown, grade);
}

std::optional<Explanation> World::explained(std::uint64_t id) {
  answers_.clear();
  tell(Asked{ReplyId{1}, Question::explain, "r" + std::to_string(id)});
  if (answers_.size() != 1 || !std::holds_alternative<Explanation>(answers_[0]))
    return std::nullopt;
  return std::get<Explanation>(std::move(answers_[0]));
}

/// What anybody could ask the brain: of each request, and of the session.
void World::judge_views() {
  for (auto& [id, flow] : flows_) {
    const auto view = explained(id);
    if (!view) continue;
    judge_grade(id, view->grade);
    if (view->state != "waiting") {
      flow.waits = false;
    } else if (!std::exchange(flow.waits, true) && !flow.spec.session.empty()) {
      flow.session = session_;
    }
    if (!flow.over && view->grade > strictest(flow.known, flow.session))
      violate("grade", "a request is treated as " + std::string{name_of(view->grade)});
  }
  if (!victim_.session || rules_ == floor_p0) return;
  RequestSpec spec;
  spec.id = RequestId{9};
  spec.public_id = "r9";
  spec.model = "m";
  spec.tenant = "t";
  spec.session = "s";
  spec.label = Grade::p2;
  spec.found = Detected::nothing();
  answers_.clear();
  tell(Supposed{ReplyId{1}, spec});
  const auto grade = std::get<Explanation>(answers_.at(0)).grade;
  if (grade > session_shown_ || grade > session_)
    violate("monotone", "a session is treated as " + std::string{name_of(grade)});
  session_shown_ = strictest(session_shown_, grade);
}

}  // namespace weir::model
