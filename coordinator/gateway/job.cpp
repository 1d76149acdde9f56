#include "coordinator/gateway/job.hpp"

#include <utility>

namespace weir::gateway {

Attempt::Attempt(const AnswerLimits& limits, const SendDispatch& order, const Intake& intake,
                 TimePoint received)
    : limits_{limits},
      id_{order.dispatch.attempt},
      link_{order.link},
      placement_{order.placement},
      answer_{translation_for(intake, order.placement, received)} {}

void Attempt::restore_with(std::shared_ptr<const Vault> vault) {
  answer_ = restored(std::move(answer_), placement_.kind, std::move(vault));
}

void Attempt::fail(std::string detail) {
  failed_ = Error{Code::upstream_failed, std::move(detail)};
}

void Attempt::begin(const Begin& begin) {
  if (status_ != 0) return fail("the agent began an answer twice");
  status_ = begin.status;
  const bool own = !answer_.foreign && !begin.content_type.empty();
  content_type_ = own ? begin.content_type : "application/json";
}

Result<Done> Attempt::take(std::string_view bytes, std::string& events) {
  received_ += bytes.size();
  if (failed_) return *failed_;
  const auto limit = status_ == 200 ? limits_.answer_bytes_max : limits_.error_bytes_max;
  if (status_ == 0) {
    fail("the agent sent an answer that had not begun");
  } else if (status_ == 200 && answer_.stream) {
    if (const auto fed = answer_.stream->feed(bytes, events); !fed) failed_ = fed.error();
  } else if (body_.size() > limit || bytes.size() > limit - body_.size()) {
    fail("the engine's answer is too large");
  } else {
    body_.append(bytes);
  }
  if (failed_) return *failed_;
  return Done{};
}

/// Finds out whether the answer is whole; `said` has no error so far.
void Attempt::judge(Finish& said, std::string& events) {
  if (said.bytes != received_) {
    fail("bytes of the answer are missing");
  } else if (passes_through()) {
    body_ = answer_.error(status_, std::move(body_));
  } else if (status_ != 200) {
    fail(status_ == 0 ? "the agent ended an answer that had not begun"
                      : "the engine answered with HTTP status " + std::to_string(status_));
  } else if (auto* stream = answer_.stream.get()) {
    if (auto ended = stream->finish(events); !ended) failed_ = ended.error();
    if (said.usage.completion.count() == 0 && stream->usage()) said.usage = *stream->usage();
  } else if (auto whole = answer_.whole(std::move(body_)); !whole) {
    failed_ = whole.error();
  } else {
    body_ = std::move(whole->body);
    if (said.usage.completion.count() == 0 && whole->usage) said.usage = *whole->usage;
  }
}

Finish Attempt::finish(Finish said, std::string& events) {
  if (said.engine_status == 0) said.engine_status = status_;
  // The agent may report an engine's 4xx as an error; it is the request's, not the attempt's.
  if (passes_through() && said.bytes == received_) said.error.reset();
  if (!failed_ && said.error) failed_ = said.error;
  if (!failed_) judge(said, events);
  if (failed_) said.error = failed_;
  return said;
}

std::string Attempt::take_body() { return std::move(body_); }

}  // namespace weir::gateway
