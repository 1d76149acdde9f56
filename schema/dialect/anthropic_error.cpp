#include "schema/dialect/anthropic.hpp"
#include "schema/dialect/error_words.hpp"

#include <array>
#include <optional>

namespace weir::dialect::anthropic {

namespace {

struct TypeCode {
  std::string_view type;
  Code code;
};
/// The error types of Anthropic's API.
constexpr std::array<TypeCode, 10> types{{{"invalid_request_error", Code::invalid_request},
                                          {"authentication_error", Code::unauthorized},
                                          {"billing_error", Code::budget_exhausted},
                                          {"permission_error", Code::forbidden},
                                          {"not_found_error", Code::model_not_found},
                                          {"request_too_large", Code::body_too_large},
                                          {"rate_limit_error", Code::rate_limited},
                                          {"timeout_error", Code::deadline_exceeded},
                                          {"overloaded_error", Code::no_capacity},
                                          {"api_error", Code::upstream_failed}}};

Code code_of(int status) {
  switch (status) {
    case 401:
      return Code::unauthorized;
    case 402:
      return Code::budget_exhausted;
    case 403:
      return Code::forbidden;
    case 404:
      return Code::model_not_found;
    case 413:
      return Code::body_too_large;
    case 429:
      return Code::rate_limited;
    case 503:
    case 529:
      return Code::no_capacity;
    case 504:
      return Code::deadline_exceeded;
    default:
      return status >= 400 && status < 500 ? Code::invalid_request : Code::upstream_failed;
  }
}

std::string_view type_of(Code code) {
  switch (code) {
    case Code::invalid_request:
    case Code::invalid_grade:
    case Code::context_length_exceeded:
    case Code::not_supported:
    case Code::cancelled:
      return "invalid_request_error";
    case Code::unauthorized:
      return "authentication_error";
    case Code::forbidden:
      return "permission_error";
    case Code::budget_exhausted:
      return "billing_error";
    case Code::model_not_found:
      return "not_found_error";
    case Code::body_too_large:
      return "request_too_large";
    case Code::rate_limited:
    case Code::queue_full:
      return "rate_limit_error";
    case Code::no_capacity:
    case Code::grade_forbids_cloud:
      return "overloaded_error";
    case Code::deadline_exceeded:
      return "timeout_error";
    case Code::upstream_failed:
    case Code::internal:
    case Code::invalid_config:
    case Code::invalid_frame:
    case Code::unreachable:
    case Code::timed_out:
      return "api_error";
  }
  WEIR_ASSERT(!"a Code without an error type");
}

Error read_error(int status, std::string_view body, bool anthropic) {
  Error error{code_of(status), "the engine answered with HTTP status " + std::to_string(status)};
  const auto parsed = json::parse(body);
  const auto* told = parsed.value ? json::find(*parsed.value, "error") : nullptr;
  if (told == nullptr) return error;
  if (const auto* type = json::find_string(*told, "type"); anthropic && type != nullptr)
    for (const auto& known : types)
      if (known.type == *type) error.code = known.code;
  if (const auto* message = json::find_string(*told, "message");
      message != nullptr && !message->empty())
    error.detail = cut_message(*message);
  const auto* code = json::find_string(*told, "code");
  const bool said = code != nullptr && *code == name_of(Code::context_length_exceeded);
  if (error.code == Code::invalid_request && (said || tells_of_context(error.detail)))
    error.code = Code::context_length_exceeded;
  return error;
}

}  // namespace

Error error_of(int status, std::string_view body) { return read_error(status, body, true); }

Error error_of_openai(int status, std::string_view body) { return read_error(status, body, false); }

std::string error_body(const Error& error) {
  const auto message = error.detail.empty() ? name_of(error.code) : std::string_view{error.detail};
  return R"({"type":"error","error":{"type":)" + openai::quoted(type_of(error.code)) +
         R"(,"message":)" + openai::quoted(message) + "}}";
}

}  // namespace weir::dialect::anthropic
