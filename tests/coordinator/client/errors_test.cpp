#include "coordinator/client/weir.hpp"

#include <doctest/doctest.h>

using namespace weir::client;

TEST_CASE("errors: a known code has an enumerator, any other is `other`") {
  CHECK(error_code("invalid_request") == ErrorCode::invalid_request);
  CHECK(error_code("budget_exhausted") == ErrorCode::budget_exhausted);
  CHECK(error_code("grade_forbids_cloud") == ErrorCode::grade_forbids_cloud);
  CHECK(error_code("internal") == ErrorCode::internal);
  CHECK(error_code("unreachable") == ErrorCode::unreachable);
  CHECK(error_code("answer_too_large") == ErrorCode::answer_too_large);
  for (const char* unknown : {"", "http_418", "other", "Internal"})
    CHECK(error_code(unknown) == ErrorCode::other);
  CHECK(Error{429, "queue_full", "", {}, {}}.kind() == ErrorCode::queue_full);
}

TEST_CASE("errors: retryable is what may pass by itself, by status and else by code") {
  for (const int status : {429, 502, 503}) CHECK(retryable({status, "http_x", "", {}, {}}));
  for (const int status : {400, 401, 402, 404, 413, 500, 501, 504})
    CHECK_FALSE(retryable({status, "no_capacity", "", {}, {}}));
  for (const char* code : {"unreachable", "upstream_failed", "queue_full", "no_capacity"})
    CHECK(retryable({0, code, "", {}, {}}));
  for (const char* code : {"cancelled", "timed_out", "invalid_request", "answer_too_large", "x"})
    CHECK_FALSE(retryable({0, code, "", {}, {}}));
}
