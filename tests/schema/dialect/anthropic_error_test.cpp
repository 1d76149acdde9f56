#include "schema/dialect/anthropic.hpp"

#include <doctest/doctest.h>
#include <string>

namespace {

using namespace weir;
using namespace weir::dialect;

std::string body(const std::string& type, const std::string& message) {
  return R"({"type":"error","error":{"type":")" + type + R"(","message":")" + message +
         R"("},"request_id":"r"})";
}

}  // namespace

TEST_CASE("anthropic error: each type has its code, whatever the status") {
  const std::pair<const char*, Code> table[] = {{"invalid_request_error", Code::invalid_request},
                                                {"authentication_error", Code::unauthorized},
                                                {"billing_error", Code::budget_exhausted},
                                                {"permission_error", Code::forbidden},
                                                {"not_found_error", Code::model_not_found},
                                                {"request_too_large", Code::body_too_large},
                                                {"rate_limit_error", Code::rate_limited},
                                                {"timeout_error", Code::deadline_exceeded},
                                                {"overloaded_error", Code::no_capacity},
                                                {"api_error", Code::upstream_failed}};
  for (const auto& [type, code] : table) {
    const auto error = anthropic::error_of(418, body(type, "told"));
    CHECK_MESSAGE(error.code == code, type);
    CHECK(error.detail == "told");
  }
}

TEST_CASE("anthropic error: without a known type the status decides") {
  const std::pair<int, Code> table[] = {
      {400, Code::invalid_request}, {401, Code::unauthorized},      {402, Code::budget_exhausted},
      {403, Code::forbidden},       {404, Code::model_not_found},   {413, Code::body_too_large},
      {422, Code::invalid_request}, {429, Code::rate_limited},      {500, Code::upstream_failed},
      {503, Code::no_capacity},     {504, Code::deadline_exceeded}, {529, Code::no_capacity}};
  for (const auto& [status, code] : table)
    for (const auto& text : {std::string{"<html>"}, std::string{}, std::string{"{}"},
                             body("new_error", "x"), std::string{R"({"error":"x"})"}})
      CHECK_MESSAGE(anthropic::error_of(status, text).code == code, status);
  CHECK(anthropic::error_of(500, "<html>").detail == "the engine answered with HTTP status 500");
}

TEST_CASE("anthropic error: a prompt that is too long is told apart") {
  CHECK(anthropic::error_of(400, body("invalid_request_error", "prompt is too long: 9 > 8")).code ==
        Code::context_length_exceeded);
  CHECK(anthropic::error_of_openai(400,
                                   R"({"error":{"message":"x","code":"context_length_exceeded"}})")
            .code == Code::context_length_exceeded);
  CHECK(anthropic::error_of_openai(
            400, R"({"error":{"code":400,"message":"This model's maximum context length is 8"}})")
            .code == Code::context_length_exceeded);
}

TEST_CASE("anthropic error: a long message is cut between characters") {
  const auto error = anthropic::error_of(400, body(
                                                  "api_error", "x" + std::string(2000, 'y') + [] {
                                                    std::string s;
                                                    for (int i = 0; i < 2000; ++i) s += "é";
                                                    return s;
                                                  }()));
  CHECK(error.detail.size() == 4095);
  CHECK(error.detail.ends_with("é"));
}

TEST_CASE("anthropic error: the body has Anthropic's shape and is valid JSON for any text") {
  CHECK(anthropic::error_body({Code::queue_full, "busy \"now\""}) ==
        R"({"type":"error","error":{"type":"rate_limit_error","message":"busy \"now\""}})");
  CHECK(anthropic::error_body({Code::internal, ""}).find(R"("message":"internal")") !=
        std::string::npos);
  CHECK(openai::inspect_answer(anthropic::error_body({Code::internal, "\xFF\x01"})).object);
}

TEST_CASE("anthropic error: every public code has a type of Anthropic's") {
  const std::pair<Code, const char*> table[] = {
      {Code::invalid_request, "invalid_request_error"},
      {Code::invalid_grade, "invalid_request_error"},
      {Code::context_length_exceeded, "invalid_request_error"},
      {Code::not_supported, "invalid_request_error"},
      {Code::cancelled, "invalid_request_error"},
      {Code::body_too_large, "request_too_large"},
      {Code::model_not_found, "not_found_error"},
      {Code::unauthorized, "authentication_error"},
      {Code::forbidden, "permission_error"},
      {Code::budget_exhausted, "billing_error"},
      {Code::rate_limited, "rate_limit_error"},
      {Code::queue_full, "rate_limit_error"},
      {Code::no_capacity, "overloaded_error"},
      {Code::grade_forbids_cloud, "overloaded_error"},
      {Code::deadline_exceeded, "timeout_error"},
      {Code::upstream_failed, "api_error"},
      {Code::internal, "api_error"}};
  for (const auto& [code, type] : table)
    CHECK_MESSAGE(anthropic::error_body({code, "x"}).find(type) != std::string::npos, type);
}
