#include "coordinator/gateway/intake.hpp"

#include "coordinator/gateway/routes.hpp"

#include <doctest/doctest.h>

using namespace weir;
using namespace weir::gateway;

namespace {

net::http::Request chat(net::http::Headers headers, const std::string& more = "") {
  return {"POST", "/v1/chat/completions", "", std::move(headers),
          R"({"model":"m","messages":[{"role":"user","content":"x"}])" + more + "}"};
}

Taken taken(net::http::Headers headers, const std::string& more = "") {
  return take(Endpoint::chat_completions, chat(std::move(headers), more), {});
}

std::optional<Grade> label(net::http::Headers headers, const std::string& more = "") {
  const auto t = taken(std::move(headers), more);
  REQUIRE(t.intake);
  return t.intake->spec.label;
}

}  // namespace

TEST_CASE("intake: without labels there is none; the strictest of several counts") {
  CHECK(label({}) == std::nullopt);
  CHECK(label({{"x-data-grade", ""}}) == std::nullopt);
  CHECK(label({{"x-data-grade", "P2"}}) == Grade::p2);
  CHECK(label({{"x-data-grade", "p1"}}) == Grade::p1);
  CHECK(label({{"x-data-grade", "P2, P0 ,P1"}}) == Grade::p0);
  CHECK(label({{"x-data-grade", "P2"}, {"x-data-grade", "P1"}}) == Grade::p1);
  CHECK(label({{"x-data-grade", ",P2,,"}}) == Grade::p2);
  CHECK(label({}, R"(,"metadata":{"data_grade":"P1"})") == Grade::p1);
  CHECK(label({{"x-data-grade", "P2"}}, R"(,"metadata":{"data_grade":"P0"})") == Grade::p0);
  CHECK(label({{"x-data-grade", "P0"}}, R"(,"metadata":{"data_grade":"P2"})") == Grade::p0);
}

TEST_CASE("intake: an unknown grade in header or body is invalid_grade") {
  for (const char* text : {"P3", "secret", "P0 P1", "P2,x"}) {
    const auto t = taken({{"x-data-grade", text}});
    REQUIRE_FALSE(t.intake);
    CHECK(t.refusal.error.code == Code::invalid_grade);
  }
  const auto t = taken({}, R"(,"metadata":{"data_grade":"P9"})");
  REQUIRE_FALSE(t.intake);
  CHECK(t.refusal.error.code == Code::invalid_grade);
}

TEST_CASE("intake: priority, deadline and session are read and bounded") {
  const auto t = taken({{"x-weir-priority", "batch"},
                        {"x-weir-deadline-ms", "3600000"},
                        {"x-weir-session", std::string(256, 's')}});
  REQUIRE(t.intake);
  CHECK(t.intake->spec.priority == Priority::batch);
  CHECK(t.intake->spec.deadline == Millis{3'600'000});
  CHECK(t.intake->spec.session.size() == 256);
  using Header = net::http::Header;
  for (const auto& bad : {Header{"x-weir-priority", "high"}, Header{"x-weir-deadline-ms", "0"},
                          Header{"x-weir-deadline-ms", "-5"}, Header{"x-weir-deadline-ms", "10s"},
                          Header{"x-weir-deadline-ms", "3600001"},
                          Header{"x-weir-deadline-ms", "99999999999999999999"},
                          Header{"x-weir-session", std::string(257, 's')}}) {
    const auto refused = taken({bad});
    REQUIRE_FALSE(refused.intake);
    CHECK(refused.refusal.error.code == Code::invalid_request);
    CHECK_FALSE(refused.refusal.param.empty());
  }
}

TEST_CASE("intake: the content type must be JSON where one is stated") {
  CHECK(taken({{"content-type", "application/json"}}).intake);
  CHECK(taken({{"content-type", "Application/JSON; charset=utf-8"}}).intake);
  for (const char* type : {"text/plain", "application/x-www-form-urlencoded", "application/jsonx"})
    CHECK_FALSE(taken({{"content-type", type}}).intake);
}

TEST_CASE("intake: the body's facts and an estimate of its tokens reach the brain") {
  auto request = chat({}, R"(,"stream":true,"max_tokens":77)");
  const auto t = take(Endpoint::chat_completions, request, {});
  REQUIRE(t.intake);
  const auto& spec = t.intake->spec;
  CHECK(spec.model == "m");
  CHECK(spec.stream);
  CHECK(spec.output_tokens_max == Tokens{77});
  CHECK(spec.body_bytes == request.body.size());
  CHECK(spec.prompt_tokens_estimate.count() * 3 >= static_cast<long>(request.body.size()));
  CHECK(spec.tenant == "default");
}

TEST_CASE("intake: a refused body names its field and a body near the link's limit is too large") {
  const auto bad = take(Endpoint::chat_completions,
                        {"POST", "", "", {}, R"({"model":"m","messages":"hello"})"}, {});
  REQUIRE_FALSE(bad.intake);
  CHECK(bad.refusal.error.code == Code::invalid_request);
  CHECK(bad.refusal.param == "messages");
  const auto large = take(Endpoint::chat_completions,
                          {"POST", "", "", {}, std::string(body_bytes_max - 100, ' ')}, {});
  REQUIRE_FALSE(large.intake);
  CHECK(large.refusal.error.code == Code::body_too_large);
}

TEST_CASE("routes: arguments are cut out and percent-decoded; the rest is unknown") {
  CHECK(match("/v1/models/org%2Fname").argument == "org/name");
  CHECK(match("/v1/models/org/name").argument == "org/name");
  CHECK(match("/v1/models/100%").argument == "100%");
  CHECK(match("/v1/models/a%zz%4").argument == "a%zz%4");
  CHECK(match("/v1/models/%41").argument == "A");
  CHECK(match("/weir/v1/nodes/gpu-1/drain").route == Route::drain);
  CHECK(match("/weir/v1/nodes/gpu-1/undrain").route == Route::undrain);
  CHECK(match("/weir/v1/nodes/gpu-1/undrain").argument == "gpu-1");
  CHECK(match("/weir/v1/requests/req-1").argument == "req-1");
  for (const char* path : {"", "/v1", "/v1/models/", "/weir/v1/nodes//drain", "/V1/models",
                           "/weir/v1/nodes/x/y", "/v1/chat/completions/"})
    CHECK_MESSAGE(match(path).route == Route::none, path);
}
