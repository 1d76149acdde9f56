#include "coordinator/gateway/replier.hpp"

#include <chrono>
#include <iterator>
#include <utility>

namespace weir::gateway {

Replier::Replier(net::http::ExchangePtr exchange, std::string request_id, TimePoint received,
                 Dialect dialect)
    : exchange_{std::move(exchange)},
      request_id_{std::move(request_id)},
      received_{received},
      dialect_{dialect} {}

void Replier::send(net::http::Response response) const {
  add_request_id(dialect_, request_id_, response.headers);
  const auto took = millis_between(received_, std::chrono::steady_clock::now());
  response.headers.push_back({"openai-processing-ms", std::to_string(took)});
  exchange_->respond(std::move(response));
}

void Replier::json(std::string body) const { text(200, std::move(body), "application/json"); }

void Replier::text(int status, std::string body, const std::string& type) const {
  send({status, {{"content-type", type}}, std::move(body)});
}

void Replier::refuse(Refusal refusal, net::http::Headers headers) const {
  auto response = error_response(dialect_, std::move(refusal));
  std::move(headers.begin(), headers.end(), std::back_inserter(response.headers));
  send(std::move(response));
}

void Replier::not_found(const char* what) const {
  refuse({.error = {Code::invalid_request, what}, .status = 404});
}

void Replier::busy() const {
  refuse({.error = {Code::queue_full, "too many questions are waiting"}});
}

Replier Replier::over(net::http::ExchangePtr exchange) const {
  return {std::move(exchange), request_id_, received_, dialect_};
}

}  // namespace weir::gateway
