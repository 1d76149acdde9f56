// The coordinator's side: its brain, and a thin copy of what its gateway does for it.
#include "tests/sim/model/world.hpp"

#include "schema/dialect/dialects.hpp"

#include <utility>

namespace weir::model {
namespace {

constexpr const char* tenant = "t";

domain::CoordinatorPolicy policy() {
  domain::CoordinatorPolicy p;
  p.slo.ttft_ms = 500;  // so that work spills as soon as our own machine is full
  return p;
}

RequestSpec spec_of(std::uint64_t id, std::optional<Grade> label, const std::string& body) {
  RequestSpec s;
  s.id = RequestId{id};
  s.public_id = "r" + std::to_string(id);
  s.model = "m";
  s.stream = s.continuable = s.one_text = true;
  s.body_bytes = body.size();
  s.prompt_tokens_estimate = Tokens{50};
  s.tenant = tenant;
  s.label = label;
  return s;
}

}  // namespace

World::World(const Victim& victim, const Bounds& bounds)
    : victim_{victim},
      bounds_{bounds},
      settings_{policy()},
      brain_{settings_, coordinator_incarnation, 1} {
  const char* names[] = {"site", "proxy-a", "proxy-b"};
  for (std::size_t i = 0; i < agents_.size(); ++i) {
    agents_[i].name = names[i];
    agents_[i].tier = i == 0 ? Tier::l1 : Tier::l2;
    agents_[i].incarnation = 100 + i;
    connect(agents_[i], true);
  }
}

void World::tell(BrainEvent event) {
  events_.push_back(std::move(event));
  if (std::exchange(telling_, true)) return;
  while (!events_.empty()) {
    const auto next = std::move(events_.front());
    events_.pop_front();
    auto effects = brain_.decide(now_, next);
    for (auto& effect : effects) carry_out(effect);
  }
  telling_ = false;
}

void World::carry_out(BrainEffect& effect) {
  if (auto* dispatch = std::get_if<SendDispatch>(&effect)) {
    judge_order(*dispatch);
    carry_out(*dispatch);
  } else if (const auto* cancel = std::get_if<SendCancel>(&effect)) {
    carry_out(*cancel);
  } else if (const auto* resume = std::get_if<SendResume>(&effect)) {
    carry_out(*resume);
  } else if (const auto* failure = std::get_if<FailRequest>(&effect)) {
    judge_grade(failure->request.value, failure->grade);
    const auto flow = flows_.find(failure->request.value);
    if (flow == flows_.end() || flow->second.over) return;
    flow->second.attempt.reset();
    flow->second.over = true;
  } else if (auto* reply = std::get_if<Reply>(&effect)) {
    answers_.push_back(std::move(reply->answer));
  } else if (const auto* record = std::get_if<Record>(&effect)) {
    judge_grade(record->explanation.request == "r1" ? 1 : 2, record->explanation.grade);
  }
}

void World::carry_out(SendDispatch& order) {
  const auto at = flows_.find(order.dispatch.attempt.request.value);
  if (at == flows_.end() || at->second.over) return withdraw(order);
  auto& flow = at->second;
  if (flow.committed && !(order.placement.continues && flow.may_go_on)) {
    flow.attempt.reset();
    flow.over = true;
    return withdraw(order);
  }
  flow.attempt = Attempt{order.dispatch.attempt, order.link, order.placement, {}};
  if (order.cloud) {
    pending_.push_back({order, order.dispatch.grade});
    return;
  }
  flow.attempt->upstream = flow.body;
  if (flow.committed) {
    flow.attempt->upstream += flow.so_far;
    order.dispatch.prefix_bytes = flow.so_far.size();
  }
  order.dispatch.body_bytes = flow.attempt->upstream.size();
  arrive(order.link, std::move(order.dispatch));
}

void World::withdraw(SendDispatch& order) {
  const auto attempt = order.dispatch.attempt;
  if (order.cloud)
    tell(ClearanceDenied{attempt, Denial::withdrawn, {}, {}});
  else
    arrive(order.link, std::move(order.dispatch));
  tell(ClientGone{attempt.request, CancelReason::superseded});
}

void World::carry_out(const SendCancel& order) {
  cancel(order.link, order.cancel.attempt);
  if (auto* flow = current(order.link, order.cancel.attempt)) flow->attempt.reset();
}

void World::carry_out(const SendResume& order) {
  const auto flow = flows_.find(order.attempt.request.value);
  if (flow == flows_.end() || !flow->second.attempt || flow->second.attempt->id != order.attempt)
    return cancel(order.link, order.attempt);
  flow->second.attempt->link = order.link;
}

/// The guard's answer reaches the gateway.
void World::cleared(Pending pending, Verdict verdict) {
  auto& dispatch = pending.order.dispatch;
  auto& request = flows_.at(dispatch.attempt.request.value);
  CloudDraft draft{dispatch.attempt,
                   request.spec.endpoint,
                   {request.body, pending.grade},
                   pending.order.placement.kind,
                   dispatch.model,
                   *pending.order.cloud};
  ClearanceAnswer answer = ClearanceDenied{dispatch.attempt, Denial::busy, {}, {}};
  if (verdict == too_late) answer = ClearanceDenied{dispatch.attempt, Denial::late, {}, {}};
  if (verdict == answers) answer = office().clear(std::move(draft));
  auto* flow = current(pending.order.link, dispatch.attempt);
  if (flow == nullptr) return tell(ClearanceDenied{dispatch.attempt, Denial::withdrawn, {}, {}});
  if (auto* denial = std::get_if<ClearanceDenied>(&answer)) return deny(*flow, std::move(*denial));
  auto& bound = std::get<CloudBound>(answer);
  auto& attempt = *flow->attempt;
  if (bound.vault()) {
    attempt.restored = true;
    flow->may_go_on = false;
    flow->so_far.clear();
  }
  dispatch.clearance = bound.clearance();
  dispatch.endpoint = dialect::chat_endpoint(bound.clearance().terms.provider);
  dispatch.body_bytes = bound.clearance().terms.bytes;
  attempt.upstream = std::move(bound).take_bytes();
  if (const auto canary = canary_in(victim_, attempt.upstream); !canary.empty())
    violate("office", "it cleared " + canary);
  arrive(pending.order.link, std::move(dispatch));
}

void World::deny(Flow& flow, ClearanceDenied denial) {
  flow.attempt.reset();
  if (denial.grade) {
    flow.known = strictest(flow.known, *denial.grade);
    if (!flow.spec.session.empty()) session_ = strictest(session_, *denial.grade);
  }
  tell(std::move(denial));
}

World::Flow* World::current(LinkId link, AttemptId attempt) {
  const auto at = flows_.find(attempt.request.value);
  if (at == flows_.end() || !at->second.attempt) return nullptr;
  const auto& running = *at->second.attempt;
  return running.id == attempt && running.link == link ? &at->second : nullptr;
}

void World::accepted(LinkId link, AttemptId attempt) {
  auto* flow = current(link, attempt);
  if (flow == nullptr) return tell(AgentSaid{link, Accept{attempt, 0}});
  if (!std::exchange(flow->attempt->accepted, true))
    body(link, attempt, std::exchange(flow->attempt->upstream, {}));
}

void World::bytes(LinkId link, AttemptId attempt, const std::string& text) {
  auto* flow = current(link, attempt);
  if (flow == nullptr) return;
  flow->committed = true;
  if (flow->may_go_on) flow->so_far += text;
  if (!std::exchange(flow->attempt->told, true)) tell(Committed{attempt});
}

void World::finished(LinkId link, AttemptId attempt, std::optional<Error> error) {
  auto* flow = current(link, attempt);
  if (flow != nullptr && !error) {
    flow->attempt.reset();
    flow->over = true;
  }
  Finish finish;
  finish.attempt = attempt;
  finish.usage = {Tokens{5}, Tokens{7}};
  finish.timings = {10, 20};
  finish.error = std::move(error);
  tell(AgentSaid{link, std::move(finish)});
}

void World::submit(std::uint64_t id, RequestSpec spec, std::string body) {
  auto& flow = flows_[id];
  const auto found = spec.found.complete ? spec.found.grade : Grade::p0;
  flow.known = strictest(spec.label.value_or(settings_.default_grade), found);
  if (rules_ == floor_p0) flow.known = Grade::p0;
  if (!spec.session.empty()) flow.session = session_ = strictest(session_, flow.known);
  flow.spec = std::move(spec);
  flow.body = std::move(body);
  flow.waits = true;
  tell(Submitted{flow.spec});
}

void World::configure(Rules rules) {
  rules_ = rules;
  static_cast<BrainSettings&>(settings_) = policy();
  if (rules == floor_p0) settings_.policy.floors = {{tenant, Grade::p0}};
  if (rules == no_redaction) settings_.policy.redact_p1 = false;
  if (rules == no_cloud) {
    PolicyRule never;
    never.permit = false;
    never.tiers = {Tier::l2};
    settings_.policy.rules.push_back(never);
  }
  for (auto& [id, flow] : flows_)
    if (flow.waits && !flow.over) flow.session = flow.spec.session.empty() ? Grade::p2 : session_;
  tell(Reconfigured{settings_});
}

void World::apply(const Action& action) {
  ++done_[static_cast<std::size_t>(action.kind)];
  if (disturbs(action)) ++disturbed_;
  switch (action.kind) {
    case Kind::submit: {
      auto spec = spec_of(1, victim_.label, chat_of(victim_.text));
      if (victim_.session) spec.session = "s";
      inspection_ = action.how;
      if (action.how == truthful) spec.found = victim_.found;
      if (action.how == misses) spec.found = Detected::nothing();
      submit(1, spec, chat_of(victim_.text));
      break;
    }
    case Kind::companion: {
      const auto body = chat_of(std::string{companion_canary});
      auto spec = spec_of(2, Grade::p0, body);
      spec.session = "s";
      spec.found = Detected::nothing();
      submit(2, spec, body);
      break;
    }
    case Kind::clear: {
      auto first = std::move(pending_.front());
      pending_.erase(pending_.begin());
      cleared(std::move(first), static_cast<Verdict>(action.how));
      break;
    }
    case Kind::lose:
      lose(agents_[action.who]);
      break;
    case Kind::back:
      connect(agents_[action.who], action.how != 0);
      break;
    case Kind::pass:
      pass(Millis{action.how * 1'000});
      break;
    case Kind::policy:
      configure(static_cast<Rules>(action.how));
      break;
    case Kind::site:
      full_ = !full_;
      if (agents_[0].link.value != 0) report(agents_[0]);
      break;
    case Kind::leave:
      flows_.at(1).attempt.reset();
      flows_.at(1).over = true;
      tell(ClientGone{RequestId{1}});
      break;
    default:
      agent_says(action);
  }
  judge_views();
}

}  // namespace weir::model
