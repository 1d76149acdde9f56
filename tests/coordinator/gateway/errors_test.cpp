#include "coordinator/gateway/errors.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace weir;
using namespace weir::gateway;
using nlohmann::json;

TEST_CASE("errors: each API gets its own shape") {
  const Refusal refusal{.error = {Code::unauthorized, "no \"key\""}};
  const auto openai = error_response(Dialect::openai, refusal);
  CHECK(openai.status == 401);
  const auto o = json::parse(openai.body).at("error");
  CHECK(o.at("code") == "unauthorized");
  CHECK(o.at("message") == "no \"key\"");
  CHECK(o.at("param").is_null());
  const auto a = json::parse(error_response(Dialect::anthropic, refusal).body);
  CHECK(a.at("type") == "error");
  CHECK(a.at("error").at("type") == "authentication_error");
  CHECK(json::parse(error_response(Dialect::ollama, refusal).body).at("error") == "no \"key\"");
  const auto type = [](Refusal r) {
    return json::parse(error_response(Dialect::anthropic, r).body)["error"]["type"];
  };
  CHECK(type({.error = {Code::budget_exhausted, ""}}) == "billing_error");
  CHECK(type({.error = {Code::invalid_request, ""}, .status = 404}) == "not_found_error");
  CHECK(type({.error = {Code::invalid_request, ""}, .status = 405}) == "invalid_request_error");
  const Refusal placed{.error = {Code::invalid_request, "must be a list"}, .param = "tools"};
  CHECK(json::parse(error_response(Dialect::anthropic, placed).body)["error"]["message"] ==
        "tools: must be a list");
  CHECK(error_event(Dialect::openai, placed).starts_with("event: error\ndata: {\"error\":{"));
}

TEST_CASE("errors: a path decides the shape") {
  CHECK(dialect_of("/v1/messages") == Dialect::anthropic);
  CHECK(dialect_of("/v1/messages/count_tokens") == Dialect::anthropic);
  CHECK(dialect_of("/v1/messagesx") == Dialect::openai);
  CHECK(dialect_of("/api/chat") == Dialect::ollama);
  CHECK(dialect_of("/apis") == Dialect::openai);
  CHECK(dialect_of("") == Dialect::openai);
}

TEST_CASE("errors: 429 and 503 always say when to come back, in seconds rounded up and in ms") {
  for (const auto code :
       {Code::rate_limited, Code::queue_full, Code::no_capacity, Code::grade_forbids_cloud}) {
    const auto response =
        error_response(Dialect::openai, {.error = {code, ""}, .retry_after = Millis{1500}});
    CHECK(find(response.headers, "retry-after") == "2");
    CHECK(find(response.headers, "retry-after-ms") == "1500");
    CHECK(find(error_response(Dialect::openai, {.error = {code, ""}}).headers, "retry-after"));
  }
  CHECK_FALSE(find(error_response(Dialect::openai, {.error = {Code::internal, ""}}).headers,
                   "retry-after"));
}

TEST_CASE("errors: codes that never reach clients become public ones") {
  const auto at = [](Code code) {
    const auto r = error_response(Dialect::openai, {.error = {code, "x"}});
    return std::pair{r.status, json::parse(r.body)["error"]["code"].get<std::string>()};
  };
  CHECK(at(Code::timed_out) == std::pair{502, std::string{"upstream_failed"}});
  CHECK(at(Code::unreachable) == std::pair{502, std::string{"upstream_failed"}});
  CHECK(at(Code::invalid_frame) == std::pair{502, std::string{"upstream_failed"}});
  CHECK(at(Code::invalid_config) == std::pair{500, std::string{"internal"}});
  CHECK(at(Code::deadline_exceeded) == std::pair{504, std::string{"deadline_exceeded"}});
}

TEST_CASE("errors: what the server answers by itself has a shape too") {
  for (const int status : {400, 408, 413, 431, 500, 503}) {
    const auto response = server_error(status, "/v1/chat/completions");
    CHECK(response.status == status);
    CHECK_FALSE(json::parse(response.body).at("error").at("message").empty());
  }
  CHECK(json::parse(server_error(413, "/api/chat").body).at("error").is_string());
}
