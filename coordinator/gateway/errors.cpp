#include "coordinator/gateway/errors.hpp"

#include "schema/dialect/openai.hpp"

#include <string>

namespace weir::gateway {
namespace {

namespace openai = dialect::openai;

constexpr Millis retry_after_default{1'000};

std::string_view anthropic_type(int status) {
  switch (status) {
    case 400:
    case 402:
    case 405:
    case 408:
    case 431:
      return "invalid_request_error";
    case 401:
      return "authentication_error";
    case 403:
      return "permission_error";
    case 404:
      return "not_found_error";
    case 413:
      return "request_too_large";
    case 429:
      return "rate_limit_error";
    case 503:
      return "overloaded_error";
    default:
      return "api_error";
  }
}

std::string body_of(Dialect dialect, int status, const Refusal& refusal) {
  const auto& error = refusal.error;
  const auto message =
      openai::quoted(error.detail.empty() ? name_of(error.code) : std::string_view{error.detail});
  switch (dialect) {
    case Dialect::openai:
      return openai::error_body(error, refusal.param);
    case Dialect::anthropic:
      return R"({"type":"error","error":{"type":)" + openai::quoted(anthropic_type(status)) +
             R"(,"message":)" + message + "}}";
    case Dialect::ollama:
      return R"({"error":)" + message + "}";
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

void add_retry_after(int status, std::optional<Millis> wait, net::http::Headers& headers) {
  if (status != 429 && status != 503) return;
  const auto ms = wait.value_or(retry_after_default).count();
  headers.push_back({"retry-after", std::to_string((ms + 999) / 1000)});
  headers.push_back({"retry-after-ms", std::to_string(ms)});
}

net::http::Response error_response(Dialect dialect, Refusal refusal) {
  refusal.error.code = public_code(refusal.error.code);
  net::http::Response response;
  response.status = refusal.status.value_or(openai::http_status(refusal.error.code));
  response.headers.push_back({"content-type", "application/json"});
  add_retry_after(response.status, refusal.retry_after, response.headers);
  response.body = body_of(dialect, response.status, refusal);
  return response;
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
