#include "coordinator/gateway/errors.hpp"

#include "actors/domain/stream/answer_stream.hpp"
#include "schema/dialect/anthropic.hpp"
#include "schema/dialect/ollama.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace weir::gateway {
namespace {

namespace openai = dialect::openai;

constexpr Millis retry_after_default{1'000};

/// For shapes that have no place for a field's name but the message.
Error with_param(const Refusal& refusal) {
  Error error = refusal.error;
  if (!refusal.param.empty() && !error.detail.empty())
    error.detail = refusal.param + ": " + error.detail;
  return error;
}

/// Anthropic's type follows from the status where that is not the code's own.
std::string anthropic_body(const Refusal& refusal) {
  auto error = with_param(refusal);
  if (refusal.status) error.code = dialect::anthropic::error_of(*refusal.status, {}).code;
  return dialect::anthropic::error_body(error);
}

std::string body_of(Dialect dialect, const Refusal& refusal) {
  const auto& error = refusal.error;
  switch (dialect) {
    case Dialect::openai:
      return openai::error_body(error, refusal.param);
    case Dialect::anthropic:
      return anthropic_body(refusal);
    case Dialect::ollama:
      return dialect::ollama::error_body(with_param(refusal));
  }
  WEIR_ASSERT(!"a dialect without an error shape");
}

/// Codes that never reach clients become the one that tells a client the same.
Code public_code(Code code) {
  const bool upstream =
      code == Code::unreachable || code == Code::timed_out || code == Code::invalid_frame;
  return upstream ? Code::upstream_failed : code == Code::invalid_config ? Code::internal : code;
}

}  // namespace

Dialect dialect_of(std::string_view path) {
  constexpr std::string_view messages = "/v1/messages";
  if (path.starts_with("/api/")) return Dialect::ollama;
  const bool anthropic = path.starts_with(messages) &&
                         (path.size() == messages.size() || path[messages.size()] == '/');
  return anthropic ? Dialect::anthropic : Dialect::openai;
}

Dialect dialect_of(Endpoint endpoint) { return dialect_of(name_of(endpoint)); }

Refusal refusal_of(openai::Refused refused) {
  Refusal made{.error = std::move(refused.error), .param = std::move(refused.param)};
  if (made.error.code == Code::not_supported) made.status = 400;
  return made;
}

int status_of(const Refusal& refusal) {
  return refusal.status.value_or(openai::http_status(public_code(refusal.error.code)));
}

void add_request_id(Dialect dialect, const std::string& id, net::http::Headers& headers) {
  if (dialect == Dialect::anthropic) headers.push_back({"request-id", id});
  headers.push_back({"x-request-id", id});
}

void add_retry_after(int status, std::optional<Millis> wait, net::http::Headers& headers) {
  if (status != 429 && status != 503) return;
  const auto ms = wait.value_or(retry_after_default).count();
  headers.push_back({"retry-after", std::to_string((ms + 999) / 1000)});
  headers.push_back({"retry-after-ms", std::to_string(ms)});
}

net::http::Response error_response(Dialect dialect, Refusal refusal) {
  refusal.error.code = public_code(refusal.error.code);
  net::http::Response response;
  response.status = status_of(refusal);
  response.headers.push_back({"content-type", "application/json"});
  add_retry_after(response.status, refusal.retry_after, response.headers);
  response.body = body_of(dialect, refusal);
  return response;
}

std::string error_event(Dialect dialect, Refusal refusal) {
  return as_error_event(dialect, error_response(dialect, std::move(refusal)).body);
}

std::string as_error_event(Dialect dialect, std::string body) {
  if (dialect != Dialect::ollama) return "event: error\n" + domain::sse_event(body);
  std::replace(body.begin(), body.end(), '\n', ' ');  // between tokens: strings hold none
  return body + "\n";
}

net::http::Response server_error(int status, std::string_view path) {
  Error error{Code::internal, "the request was not answered"};
  if (status == 413)
    error = {Code::body_too_large, "the body is too large"};
  else if (status == 503)
    error = {Code::no_capacity, "too many connections"};
  else if (status == 408)
    error = {Code::invalid_request, "the request did not arrive in time"};
  else if (status == 417)
    error = {Code::invalid_request, "no expectation but 100-continue is met"};
  else if (status == 431)
    error = {Code::invalid_request, "the headers are too large"};
  else if (status < 500)
    error = {Code::invalid_request, "this is not a valid HTTP/1.1 request"};
  return error_response(dialect_of(path), {.error = std::move(error), .status = status});
}

}  // namespace weir::gateway
