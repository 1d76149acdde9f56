// The dispatcher's two ways past the guard: of what comes in, and of what leaves for the cloud.
#include "coordinator/gateway/dispatcher.hpp"

#include "schema/dialect/dialects.hpp"

#include <spdlog/spdlog.h>
#include <utility>
#include <variant>

namespace weir::gateway {

/// The brain hears of a request when the guard has said what it holds.
void Dispatcher::inspect(Job& job, TimePoint now) {
  const auto id = job.intake.spec.id;
  job.inspected_since = now;
  if (guard_ == nullptr) return inspected(id, {});
  guard_->inspect(job.body, job.intake.unreadable,
                  [weak = weak_from_this(), id](const Detected& found) {
                    if (const auto self = weak.lock()) self->inspected(id, found);
                  });
}

void Dispatcher::inspected(RequestId request, const Detected& found) {
  const auto at = jobs_.find(request);
  if (at == jobs_.end() || !at->second.inspected_since) return;
  auto& job = at->second;
  job.inspected_since.reset();
  job.intake.spec.found = found;
  metrics_.inspected(found);
  brain_.post(Submitted{job.intake.spec});
}

/// A guard that says nothing, not even that it was late: a dead thread, say.
void Dispatcher::watch_guard(Job& job, TimePoint now) {
  const auto silent = [&](const std::optional<TimePoint>& since) {
    return since && now - *since >= settings_.guard_silent_max;
  };
  if (silent(job.inspected_since)) {
    spdlog::error("the guard said nothing of request {}: it is P0", job.intake.spec.public_id);
    inspected(job.intake.spec.id, {});
  } else if (job.attempt && silent(job.attempt->uncleared_since)) {
    spdlog::error("the guard said nothing of request {}: it stays here", job.intake.spec.public_id);
    deny(job, job.attempt->placement().grade, {job.attempt->id(), Denial::late, {}, {}});
  }
}

/// Nothing is sent to a cloud proxy, not even that there is something to send, before the guard
/// has cleared the very bytes.
void Dispatcher::clear(Job& job, SendDispatch order) {
  const auto attempt = order.dispatch.attempt;
  const auto grade = order.dispatch.grade;
  if (guard_ == nullptr) return deny(job, grade, {attempt, Denial::internal, {}, {}});
  if (job.body->size() > cloud_body_bytes_max)
    return deny(job, grade, {attempt, Denial::too_large, {}, {}});
  CloudDraft draft{attempt,
                   job.intake.spec.endpoint,
                   Tainted{*job.body, grade},
                   order.placement.kind,
                   order.dispatch.model,
                   *order.cloud};
  job.attempt->uncleared_since = std::chrono::steady_clock::now();
  guard_->clear(std::move(draft), [weak = weak_from_this(), link = order.link,
                                   dispatch = order.dispatch](ClearanceAnswer answer) {
    if (const auto self = weak.lock()) self->cleared(link, dispatch, std::move(answer));
  });
}

void Dispatcher::deny(Job& job, Grade grade, ClearanceDenied denial) {
  metrics_.guard_verdict(grade, &denial);
  forget_attempt(job);
  job.placement.reset();
  brain_.post(std::move(denial));
}

void Dispatcher::cleared(LinkId link, Dispatch dispatch, ClearanceAnswer answer) {
  auto* job = current(link, dispatch.attempt);
  if (job == nullptr)
    return brain_.post(ClearanceDenied{dispatch.attempt, Denial::withdrawn, {}, {}});
  if (auto* denial = std::get_if<ClearanceDenied>(&answer))
    return deny(*job, dispatch.grade, std::move(*denial));
  metrics_.guard_verdict(dispatch.grade, nullptr);
  auto& bound = std::get<CloudBound>(answer);
  auto& attempt = *job->attempt;
  attempt.uncleared_since.reset();
  if (bound.vault()) {
    attempt.restore_with(bound.vault());
    // What was restored never goes into another attempt.
    if (job->so_far) job->so_far->drop();
  }
  dispatch.clearance = bound.clearance();
  dispatch.endpoint = dialect::chat_endpoint(bound.clearance().terms.provider);
  dispatch.body_bytes = bound.clearance().terms.bytes;
  attempt.upstream = std::move(bound).take_bytes();
  attempt.unanswered_since = std::chrono::steady_clock::now();
  link_->send(link, std::move(dispatch));
}

}  // namespace weir::gateway
