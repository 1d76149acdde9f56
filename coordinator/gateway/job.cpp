#include "coordinator/gateway/job.hpp"

#include <utility>

namespace weir::gateway {

namespace openai = dialect::openai;

Attempt::Attempt(const AnswerLimits& limits, const SendDispatch& order, const Intake& intake)
    : limits_{limits},
      id_{order.dispatch.attempt},
      link_{order.link},
      placement_{order.placement},
      shown_model_{intake.spec.model == "auto" ? order.placement.model : intake.spec.model} {
  if (intake.spec.stream)
    events_.emplace(domain::StreamRules{shown_model_, intake.facts.usage_asked});
}

void Attempt::fail(std::string detail) {
  failed_ = Error{Code::upstream_failed, std::move(detail)};
}

void Attempt::begin(const Begin& begin) {
  status_ = begin.status;
  content_type_ = begin.content_type.empty() ? "application/json" : begin.content_type;
}

Result<Done> Attempt::take(std::string_view bytes, std::string& events) {
  received_ += bytes.size();
  if (failed_) return *failed_;
  const auto limit = status_ == 200 ? limits_.answer_bytes_max : limits_.error_bytes_max;
  if (status_ == 0) {
    fail("the agent sent an answer that had not begun");
  } else if (status_ == 200 && events_) {
    if (const auto fed = events_->feed(bytes, events); !fed) failed_ = fed.error();
  } else if (bytes.size() > limit - body_.size()) {
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
    return;
  } else if (status_ != 200) {
    fail(status_ == 0 ? "the agent ended an answer that had not begun"
                      : "the engine answered with HTTP status " + std::to_string(status_));
  } else if (events_) {
    if (auto ended = events_->finish(events); !ended) failed_ = ended.error();
    if (said.usage.completion.count() == 0 && events_->usage()) said.usage = *events_->usage();
  } else {
    answer_ = openai::inspect_answer(body_);
    if (!answer_.object) fail("the engine's answer is not a JSON object");
    if (said.usage.completion.count() == 0 && answer_.usage) said.usage = *answer_.usage;
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

std::string Attempt::take_body() {
  if (passes_through()) return std::move(body_);
  return openai::rename_model(std::move(body_), answer_, shown_model_);
}

}  // namespace weir::gateway
