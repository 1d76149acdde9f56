// The dispatcher's way to the cloud: past the guard.
#include "coordinator/gateway/dispatcher.hpp"

#include "schema/dialect/dialects.hpp"

#include <utility>
#include <variant>

namespace weir::gateway {

/// Nothing is sent to a cloud proxy, not even that there is something to send, before the guard
/// has cleared the very bytes.
void Dispatcher::clear(Job& job, SendDispatch order) {
  const auto attempt = order.dispatch.attempt;
  if (guard_ == nullptr) return deny(job, order.dispatch, {attempt, Denial::internal, {}, {}});
  if (job.body.size() > cloud_body_bytes_max)
    return deny(job, order.dispatch, {attempt, Denial::too_large, {}, {}});
  CloudDraft draft{attempt,
                   job.intake.spec.endpoint,
                   Tainted{job.body, order.dispatch.grade},
                   order.placement.kind,
                   order.dispatch.model,
                   *order.cloud};
  guard_->clear(std::move(draft), [weak = weak_from_this(), link = order.link,
                                   dispatch = order.dispatch](ClearanceAnswer answer) {
    if (const auto self = weak.lock()) self->cleared(link, dispatch, std::move(answer));
  });
}

void Dispatcher::deny(Job& job, const Dispatch& dispatch, ClearanceDenied denial) {
  metrics_.guard_verdict(dispatch.grade, &denial);
  forget_attempt(job);
  job.placement.reset();
  brain_.post(std::move(denial));
}

void Dispatcher::cleared(LinkId link, Dispatch dispatch, ClearanceAnswer answer) {
  auto* job = current(link, dispatch.attempt);
  if (job == nullptr)
    return brain_.post(ClearanceDenied{dispatch.attempt, Denial::withdrawn, {}, {}});
  if (auto* denial = std::get_if<ClearanceDenied>(&answer))
    return deny(*job, dispatch, std::move(*denial));
  metrics_.guard_verdict(dispatch.grade, nullptr);
  auto& bound = std::get<CloudBound>(answer);
  dispatch.clearance = bound.clearance();
  dispatch.endpoint = dialect::chat_endpoint(bound.clearance().terms.provider);
  dispatch.body_bytes = bound.clearance().terms.bytes;
  job->attempt->upstream = std::move(bound).take_bytes();
  job->attempt->unanswered_since = std::chrono::steady_clock::now();
  link_->send(link, std::move(dispatch));
}

}  // namespace weir::gateway
