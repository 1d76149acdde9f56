#include "coordinator/client/weir.hpp"

#include <algorithm>
#include <array>

namespace weir::client {
namespace {

/// In the order of ErrorCode, without `other`.
constexpr std::array<std::string_view, static_cast<std::size_t>(ErrorCode::other)> names{
    "invalid_request",   "invalid_grade",    "context_length_exceeded",
    "body_too_large",    "model_not_found",  "unauthorized",
    "forbidden",         "budget_exhausted", "rate_limited",
    "queue_full",        "no_capacity",      "grade_forbids_cloud",
    "deadline_exceeded", "not_supported",    "upstream_failed",
    "cancelled",         "internal",         "invalid_config",
    "unreachable",       "timed_out",        "answer_too_large"};
static_assert(names.back() == "answer_too_large");

}  // namespace

ErrorCode error_code(std::string_view code) {
  return static_cast<ErrorCode>(std::find(names.begin(), names.end(), code) - names.begin());
}

bool retryable(const Error& error) {
  if (error.status != 0) return error.status == 429 || error.status == 502 || error.status == 503;
  switch (error.kind()) {
    case ErrorCode::rate_limited:
    case ErrorCode::queue_full:
    case ErrorCode::no_capacity:
    case ErrorCode::grade_forbids_cloud:
    case ErrorCode::upstream_failed:
    case ErrorCode::unreachable:
      return true;
    default:
      return false;
  }
}

}  // namespace weir::client
