#include "coordinator/gateway/delivery.hpp"

#include "schema/dialect/openai.hpp"

#include <algorithm>
#include <utility>

namespace weir::gateway {
namespace {

/// A value that stands in a header whatever bytes it came with.
std::string header_value(std::string text) {
  for (auto& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  return text;
}

void add_placement(net::http::Headers& headers, const Placement& placement) {
  headers.push_back({"x-weir-node", header_value(placement.node)});
  headers.push_back({"x-weir-tier", std::string{name_of(placement.tier)}});
  headers.push_back({"x-weir-grade", std::string{name_of(placement.grade)}});
  headers.push_back({"x-weir-model", header_value(placement.model)});
  headers.push_back({"x-weir-attempts", std::to_string(placement.attempt)});
  headers.push_back({"x-weir-queue-ms", std::to_string(placement.queue_ms)});
}

}  // namespace

Delivery::Delivery(net::http::ExchangePtr exchange, std::string public_id, Caller caller,
                   TimePoint received, Dialect front)
    : exchange_{std::move(exchange)},
      public_id_{std::move(public_id)},
      caller_{std::move(caller)},
      received_{received},
      front_{front} {}

net::http::Headers Delivery::headers(TimePoint now) const {
  net::http::Headers headers;
  headers.reserve(16);
  add_request_id(front_, public_id_, headers);
  headers.push_back({"openai-processing-ms", std::to_string(millis_between(received_, now))});
  add_limit_headers(caller_, now, headers);
  return headers;
}

void Delivery::respond(int status, const std::string& content_type, std::string body,
                       const Placement& placement, TimePoint now) {
  if (opened_) {  // an error that came after the head
    const bool object = dialect::openai::inspect_answer(body).object;
    exchange_->write(object ? as_error_event(front_, std::move(body))
                            : error_event(front_, {.error = {Code::upstream_failed, ""}}));
    return exchange_->end();
  }
  auto all = headers(now);
  add_placement(all, placement);
  all.push_back({"content-type", header_value(content_type)});
  add_retry_after(status, std::nullopt, all);
  exchange_->respond({status, std::move(all), std::move(body)});
}

void Delivery::fail(const Refusal& refusal, std::optional<Grade> grade, std::uint8_t attempts,
                    TimePoint now) {
  if (opened_) {
    exchange_->write(error_event(front_, refusal));
    return exchange_->end();
  }
  auto response = error_response(front_, refusal);
  auto all = headers(now);
  if (grade) all.push_back({"x-weir-grade", std::string{name_of(*grade)}});
  if (attempts > 0) all.push_back({"x-weir-attempts", std::to_string(attempts)});
  std::move(response.headers.begin(), response.headers.end(), std::back_inserter(all));
  exchange_->respond({response.status, std::move(all), std::move(response.body)});
}

void Delivery::open(const Placement* placement, TimePoint now) {
  if (std::exchange(opened_, true)) return;
  auto all = headers(now);
  if (placement != nullptr) add_placement(all, *placement);
  all.push_back(
      {"content-type", front_ == Dialect::ollama ? "application/x-ndjson" : "text/event-stream"});
  all.push_back({"cache-control", "no-cache"});
  all.push_back({"x-accel-buffering", "no"});
  exchange_->begin(200, std::move(all));
}

void Delivery::write(std::string_view bytes) {
  written_ += bytes.size();
  // What the connection does not hold any more has left; on_sent tells the rest.
  if (exchange_->write(bytes) == 0) sent_ = written_;
}

std::size_t Delivery::events(std::string_view text, std::size_t engine_bytes) {
  owed_ += engine_bytes;
  if (!text.empty()) write(text);
  return grant();
}

std::size_t Delivery::sent(std::size_t bytes) {
  reported_ += bytes;
  sent_ = std::max(sent_, std::min(reported_, written_));
  return grant();
}

/// Credit follows the client: of what is owed, as much stays back as has not left. An event in
/// the making counts as left, or one larger than the engine's credit would never be complete.
std::size_t Delivery::grant() {
  const auto waiting = static_cast<std::size_t>(written_ - sent_);
  const auto granted = owed_ - std::min(owed_, waiting);
  owed_ -= granted;
  return granted;
}

}  // namespace weir::gateway
