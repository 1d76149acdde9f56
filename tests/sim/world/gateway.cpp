#include "tests/sim/world/gateway.hpp"

#include "tests/sim/world/oracle.hpp"

#include <algorithm>
#include <utility>

namespace weir::sim {
namespace {

constexpr Micros intake_every{10'000};
constexpr std::uint32_t messages_max = 4'096;
constexpr std::string_view me = "coordinator";

domain::CoordinatorPolicy policy_of(const Scenario& s) {
  domain::CoordinatorPolicy p;
  p.queue.waiting_max = s.waiting_max;
  p.queue.deadline_ms = s.deadline_ms;
  p.stall_ms = s.stall_ms;
  p.grade_floors = {{"finance", Grade::p1}};
  p.models = {{"chat", {"small", "large"}, 1, 0}};
  return p;
}

}  // namespace

CoordinatorProcess::CoordinatorProcess(Context& world, Network& network, Requests& requests,
                                       WhoIs who_is, std::uint64_t incarnation, std::uint64_t seed)
    : Endpoint{world},
      network_{network},
      requests_{requests},
      who_is_{std::move(who_is)},
      incarnation_{incarnation},
      brain_{policy_of(world.scenario), incarnation, seed},
      brain_box_{*this, world, [this](const BrainEvent& event) { return decide(event); },
                 [this](std::vector<BrainEffect> effects) { apply(std::move(effects)); }, Tick{}} {}

std::vector<BrainEffect> CoordinatorProcess::decide(const BrainEvent& event) {
  auto effects = brain_.decide(world_.now(), event);
  world_.oracle->brain_decided(*this, event, effects);
  return effects;
}

Answer CoordinatorProcess::ask(Question question, const std::string& argument) {
  for (auto& effect : brain_.decide(world_.now(), Asked{ReplyId{1}, question, argument}))
    if (auto* reply = std::get_if<Reply>(&effect)) return std::move(reply->answer);
  return NotFound{argument};
}

void CoordinatorProcess::submit(RequestSpec spec) {
  const auto id = spec.id;
  world_.note(me, "takes request", {incarnation_, id, 0});
  jobs_[id].spec = spec;
  tell(Submitted{std::move(spec)});
}

void CoordinatorProcess::gone(RequestId request) {
  const auto at = jobs_.find(request);
  if (at == jobs_.end()) return;
  world_.note(me, "client is gone", {incarnation_, request, 0});
  tell(ClientGone{request});
  forget_attempt(at->second);
  world_.oracle->client_left({incarnation_, request});
  jobs_.erase(at);
}

void CoordinatorProcess::lose_clients() {
  for (const auto& [id, job] : jobs_) world_.oracle->client_left({incarnation_, id});
  jobs_.clear();
}

void CoordinatorProcess::send(LinkId link, Frame frame) {
  network_.send(link, End::coordinator, std::move(frame));
}

// ---- the brain's effects -------------------------------------------------------------------

void CoordinatorProcess::apply(std::vector<BrainEffect> effects) {
  for (auto& effect : effects) {
    if (auto* dispatch = std::get_if<SendDispatch>(&effect)) {
      carry_out(*dispatch);
    } else if (const auto* cancel = std::get_if<SendCancel>(&effect)) {
      carry_out(*cancel);
    } else if (const auto* resume = std::get_if<SendResume>(&effect)) {
      carry_out(*resume);
    } else if (const auto* failure = std::get_if<FailRequest>(&effect)) {
      carry_out(*failure);
    } else if (const auto* drain = std::get_if<SendDrain>(&effect)) {
      send(drain->link, Message{drain->drain});
    } else if (const auto* drop = std::get_if<DropLink>(&effect)) {
      network_.close(drop->link, End::coordinator);
    }
  }
}

void CoordinatorProcess::carry_out(SendDispatch& order) {
  const auto attempt = order.dispatch.attempt;
  world_.note(me, "dispatches", attempt, static_cast<std::int64_t>(order.dispatch.grade),
              world_.oracle->name_of(order.placement.node));
  const auto at = jobs_.find(attempt.request);
  const bool begun = at != jobs_.end() && at->second.committed;
  if (at == jobs_.end() || (begun && !order.placement.continues)) {
    // Its client left, or got bytes of the attempt before in the same moment. The agent must hear
    // of the attempt all the same: the brain counts on its slot and takes it back.
    if (begun) end(at->second, false);
    send(order.link, Message{std::move(order.dispatch)});
    return tell(ClientGone{attempt.request, CancelReason::superseded});
  }
  auto& job = at->second;
  forget_attempt(job);
  job.attempt = Attempt{attempt, order.link, job.delivered};
  world_.oracle->carried_out(attempt);
  if (order.cloud) return ask_guard(std::move(order));
  order.dispatch.prefix_bytes = job.delivered;
  order.dispatch.body_bytes += job.delivered;
  send(order.link, Message{std::move(order.dispatch)});
}

void CoordinatorProcess::ask_guard(SendDispatch order) {
  const auto& shape = world_.scenario.guard;
  auto wait = Micros{1'000 * shape.delay_ms} + world_.between(Micros{0}, Micros{2'000});
  if (world_.chance(shape.late_percent)) wait += world_.between(Micros{0}, Micros{600'000});
  later(wait, [this, order = std::move(order)]() mutable { guard_answers(std::move(order)); });
}

/// What the guard finds: P2 is cleared, and P1 that could be redacted, whatever its label says.
std::optional<ClearanceDenied> CoordinatorProcess::denied(const SendDispatch& order,
                                                          const Job& job) {
  const auto attempt = order.dispatch.attempt;
  const auto truth = requests_.at(key_of(attempt));
  if (!job.attempt || job.attempt->id != attempt)
    return ClearanceDenied{attempt, Denial::withdrawn, {}, {}};
  const bool redacted = order.dispatch.grade == Grade::p1 && !world_.chance(30);
  if (order.dispatch.grade != Grade::p2 && !redacted)
    return ClearanceDenied{attempt, Denial::grade, order.dispatch.grade, {}};
  if (truth.content == Grade::p0 || (truth.content == Grade::p1 && !redacted))
    return ClearanceDenied{attempt, Denial::sensitive, truth.content, {}};
  if (!world_.chance(world_.scenario.guard.denied_percent)) return std::nullopt;
  constexpr std::array<Denial, 4> why{Denial::busy, Denial::late, Denial::dialect,
                                      Denial::too_large};
  return ClearanceDenied{attempt, why[world_.random.below(4)], {}, {}};
}

void CoordinatorProcess::guard_answers(SendDispatch order) {
  const auto attempt = order.dispatch.attempt;
  const auto at = jobs_.find(attempt.request);
  static const Job none;
  const auto denial = denied(order, at == jobs_.end() ? none : at->second);
  if (denial) {
    world_.note("guard", "denies", attempt, static_cast<std::int64_t>(denial->why));
    if (at != jobs_.end() && at->second.attempt && at->second.attempt->id == attempt)
      at->second.attempt.reset();
    return tell(*denial);
  }
  Clearance clearance;
  clearance.terms.attempt = attempt;
  clearance.terms.proxy = order.cloud->proxy;
  clearance.terms.model = order.dispatch.model;
  clearance.terms.bytes = order.dispatch.body_bytes;
  clearance.terms.grade = order.dispatch.grade;
  clearance.terms.desensitised = order.dispatch.grade == Grade::p1;
  clearance.terms.ttl_ms = 10'000;
  at->second.attempt->redacted = clearance.terms.desensitised;
  order.dispatch.clearance = std::move(clearance);
  world_.note("guard", "clears", attempt);
  world_.oracle->left_for_cloud(order.dispatch);
  send(order.link, Message{std::move(order.dispatch)});
}

void CoordinatorProcess::carry_out(const SendCancel& order) {
  const auto attempt = order.cancel.attempt;
  auto* job = current(order.link, attempt);
  world_.note(me, "cancels", attempt, -1, name_of(order.cancel.reason));
  send(order.link, Message{order.cancel});
  if (job != nullptr) forget_attempt(*job);
}

void CoordinatorProcess::carry_out(const SendResume& order) {
  const auto at = jobs_.find(order.attempt.request);
  auto* attempt = at == jobs_.end() || !at->second.attempt ? nullptr : &*at->second.attempt;
  if (attempt == nullptr || attempt->id != order.attempt)
    return send(order.link, Message{Cancel{order.attempt, CancelReason::superseded}});
  attempt->link = order.link;
  send(order.link, Message{Resume{order.attempt, attempt->received, 0}});
}

void CoordinatorProcess::carry_out(const FailRequest& order) {
  const auto at = jobs_.find(order.request);
  world_.note(me, "fails request", {incarnation_, order.request, 0}, -1, name_of(order.error.code));
  if (at != jobs_.end()) end(at->second, false);
}

// ---- what links say ------------------------------------------------------------------------

void CoordinatorProcess::on_frame(LinkId link, Frame frame) {
  if (const auto* chunk = std::get_if<ChunkFrame>(&frame)) return on_chunk(link, *chunk);
  if (auto* message = std::get_if<Message>(&frame)) on_message(link, std::move(*message));
}

void CoordinatorProcess::on_down(LinkId link) {
  world_.note(me, "link down", {}, static_cast<std::int64_t>(link.value));
  pending_.erase(link);
  tell(AgentDown{link, "down"});
}

void CoordinatorProcess::on_message(LinkId link, Message message) {
  if (const auto* hello = std::get_if<Hello>(&message)) {
    world_.note(me, "link up", {}, static_cast<std::int64_t>(link.value));
    return tell(AgentUp{link, who_is_(network_.path_of(link)), *hello});
  }
  if (auto* finish = std::get_if<Finish>(&message)) return finished(link, std::move(*finish));
  if (const auto* begin = std::get_if<Begin>(&message)) {
    if (auto* job = current(link, begin->attempt)) job->attempt->status = begin->status;
    return;
  }
  if (const auto* accept = std::get_if<Accept>(&message);
      accept != nullptr && current(link, accept->attempt) != nullptr)
    return accepted(link, *accept);
  tell_brain(link, std::move(message));
}

CoordinatorProcess::Job* CoordinatorProcess::current(LinkId link, AttemptId attempt) {
  const auto at = jobs_.find(attempt.request);
  if (at == jobs_.end() || !at->second.attempt) return nullptr;
  const auto& running = *at->second.attempt;
  return running.id == attempt && running.link == link ? &at->second : nullptr;
}

void CoordinatorProcess::accepted(LinkId link, const Accept& accept) {
  auto& job = *current(link, accept.attempt);
  if (std::exchange(job.attempt->accepted, true)) return;
  const auto& truth = requests_.at(key_of(accept.attempt));
  send(link, BodyFrame{accept.attempt.stream(), job.spec.body_bytes, job.attempt->text,
                       job.attempt->redacted ? Grade::p2 : truth.content});
}

void CoordinatorProcess::on_chunk(LinkId link, const ChunkFrame& chunk) {
  const auto id = attempt_of(incarnation_, chunk.stream);
  auto* job = current(link, id);
  if (job == nullptr) return;
  auto& attempt = *job->attempt;
  world_.oracle->chunk_taken(id, chunk.offset, attempt.received);
  attempt.received += chunk.bytes;
  if (job->spec.stream) deliver(*job, chunk.text, chunk.bytes);
}

void CoordinatorProcess::deliver(Job& job, std::uint64_t text, std::uint64_t bytes) {
  const auto& attempt = *job.attempt;
  const bool first = job.delivered == attempt.text;
  job.committed = true;
  job.delivered += bytes;
  world_.oracle->client_got(attempt.id, text, bytes);
  if (first) {
    world_.oracle->committed(attempt.id, attempt.text > 0);
    tell(Committed{attempt.id});
  }
}

void CoordinatorProcess::finished(LinkId link, Finish finish) {
  auto* job = current(link, finish.attempt);
  if (job != nullptr) {
    auto& attempt = *job->attempt;
    if (!finish.error && (finish.bytes != attempt.received || attempt.status != 200))
      finish.error = Error{Code::upstream_failed, "bytes of the answer are missing"};
    if (!finish.error) {
      if (!job->spec.stream) world_.oracle->client_got(attempt.id, attempt.text, attempt.received);
      end(*job, true);
    }
  }
  tell_brain(link, std::move(finish));
}

void CoordinatorProcess::tell_brain(LinkId link, Message message) {
  auto& pending = pending_[link];
  if (!std::exchange(flush_armed_, true)) later(intake_every, [this] { flush(); });
  if (auto* inventory = std::get_if<Inventory>(&message)) {
    pending.inventory = std::move(*inventory);
  } else if (auto* report = std::get_if<CapacityReport>(&message)) {
    pending.report = std::move(*report);
  } else {
    if (++pending.messages > messages_max) return network_.close(link, End::coordinator);
    hand_on(link, pending);
    tell(AgentSaid{link, std::move(message)});
  }
}

void CoordinatorProcess::hand_on(LinkId link, Pending& pending) {
  if (auto inventory = std::exchange(pending.inventory, std::nullopt))
    tell(AgentSaid{link, std::move(*inventory)});
  if (auto report = std::exchange(pending.report, std::nullopt))
    tell(AgentSaid{link, *std::move(report)});
}

void CoordinatorProcess::flush() {
  flush_armed_ = false;
  for (auto& [link, pending] : pending_) hand_on(link, pending);
  pending_.clear();
}

// ---- the client's side ---------------------------------------------------------------------

void CoordinatorProcess::end(Job& job, bool well) {
  const auto id = job.spec.id;
  forget_attempt(job);
  world_.oracle->client_ended({incarnation_, id}, well);
  jobs_.erase(id);
}

/// Frames that still come for it are stale.
void CoordinatorProcess::forget_attempt(Job& job) {
  if (job.attempt) network_.forget(job.attempt->link, End::coordinator, job.attempt->id.stream());
  job.attempt.reset();
}

}  // namespace weir::sim
