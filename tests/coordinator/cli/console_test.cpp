#include "coordinator/cli/console.hpp"

#include <doctest/doctest.h>

namespace {

using namespace weir::cli;
using ClientError = weir::client::Error;

}  // namespace

TEST_CASE("console: errors map to the documented exit codes") {
  CHECK(exit_of(ClientError{0, "unreachable", "", {}, {}}) == 3);
  CHECK(exit_of(ClientError{0, "invalid_config", "", {}, {}}) == 2);
  CHECK(exit_of(ClientError{401, "unauthorized", "", {}, {}}) == 1);
  CHECK(exit_of(ClientError{0, "cancelled", "", {}, {}}) == 1);
}

TEST_CASE("console: an error's sentence holds code, reason, request and when to try again") {
  CHECK(error_text({429, "rate_limited", "slow down", "req-1", std::chrono::milliseconds{1500}}) ==
        "rate_limited: slow down (weir explain req-1; try again in 1.5 s)");
  CHECK(error_text({404, "model_not_found", "no \x1b[2Jsuch", "", {}}) ==
        "model_not_found: no \uFFFD[2Jsuch");
}

TEST_CASE("console: an error as JSON") {
  CHECK(error_json({429, "rate_limited", "m\xff", "r", std::chrono::milliseconds{5}}) ==
        R"({"error":{"code":"rate_limited","message":"m)"
        "\uFFFD"
        R"(","request_id":"r","retry_after_ms":5,"status":429}})");
  CHECK(error_json({0, "unreachable", "m", "", {}}) ==
        R"({"error":{"code":"unreachable","message":"m"}})");
}

TEST_CASE("console: lists are split at commas, spaces and empty parts dropped") {
  CHECK(split_commas("a, b,,c ,") == std::vector<std::string>{"a", "b", "c"});
  CHECK(split_commas("").empty());
  CHECK(split_commas(" , ").empty());
}

TEST_CASE("console: a path segment cannot leave its place") {
  CHECK(path_segment("gpu-01.x_y~") == "gpu-01.x_y~");
  CHECK(path_segment("a/../b?c#d e%") == "a%2F..%2Fb%3Fc%23d%20e%25");
}
