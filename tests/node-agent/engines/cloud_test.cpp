// A cloud account against a small server on loopback.
#include "node-agent/engines/cloud.hpp"

#include "actors/net/certs/certs.hpp"
#include "tests/actors/net/http/served.hpp"
#include "tests/node-agent/engines/cleared.hpp"
#include "tests/node-agent/engines/heard.hpp"

#include <cstdlib>
#include <filesystem>

using namespace weir;
using namespace weir::engines;
using namespace weir::net;
using weir::net::http::test::Listener;
using weir::net::http::test::Loop;
using weir::net::http::test::Served;
using weir::test::Heard;

namespace {

constexpr const char* api_key = "sk-very-secret";
constexpr const char* event_stream = "text/event-stream";

EngineSettings account(std::uint16_t port, EngineKind kind = EngineKind::openai) {
  EngineSettings s;
  s.kind = kind;
  s.cloud = true;
  s.url = "http://127.0.0.1:" + std::to_string(port);
  s.api_key = api_key;
  s.models.push_back({"m", 2, MicroUsd{1'000'000}, MicroUsd{2'000'000}});
  s.models.push_back({"n", 3, MicroUsd{}, MicroUsd{}});
  return s;
}

ClearanceTerms terms(EngineKind kind = EngineKind::openai, std::uint64_t request = 1) {
  ClearanceTerms t;
  t.attempt = {7, RequestId{request}, 1};
  t.provider = kind;
  t.model = "m";
  t.grade = Grade::p2;
  t.cost_cap = MicroUsd{1'000'000};
  return t;
}

/// A job whose body must never be seen.
ports::EngineJob job(ClearanceTerms t = terms(), std::string cleared = R"({"cleared":1})") {
  ports::EngineJob j;
  j.attempt = t.attempt;
  j.endpoint = Endpoint::completions;
  j.body = "never to leave";
  j.cleared = domain::Checkpoint::pass(std::move(cleared), std::move(t));
  j.first_byte_max = j.stall_max = Millis{5'000};
  return j;
}

struct World {
  explicit World(EngineSettings s, GateSettings gate = {})
      : engine{std::move(*Cloud::make(served.loop.io, 4, with_port(std::move(s)), counts, gate))} {}
  World() : World{account(0)} {}

  EngineSettings with_port(EngineSettings s) const {
    s.url = "http://127.0.0.1:" + std::to_string(served.port);
    return s;
  }
  /// Runs a whole call; the server answers at once.
  Heard call(http::Response response, ClearanceTerms t = terms()) {
    served.at_once = std::move(response);
    Heard o;
    engine->start(job(std::move(t)), o.answer());
    CHECK_FALSE(o.ended());  // never from within
    REQUIRE(served.loop.until([&] { return o.ended(); }));
    return o;
  }
  EngineSnapshot look() {
    EngineSnapshot seen;
    engine->observe([&](EngineSnapshot s) { seen = std::move(s); });
    return seen;
  }
  bool counted(const std::string& line) const {
    return metrics.render().find(line + "\n") != std::string::npos;
  }

  telemetry::Metrics metrics;
  CloudMetrics counts{metrics};
  Served served;
  std::unique_ptr<Cloud> engine;
};

http::Response with(int status, http::Headers headers = {}, std::string body = "{}") {
  return {status, std::move(headers), std::move(body)};
}

}  // namespace

TEST_CASE("cloud: what was cleared leaves, byte for byte, with a key and nothing of the job") {
  for (const auto kind : {EngineKind::openai, EngineKind::anthropic}) {
    CAPTURE(name_of(kind));
    World w{account(0, kind)};
    const std::string bytes = "{\"cleared\": \"\\u00e4 \xC3\xA4\"} ";
    Heard o;
    w.engine->start(job(terms(kind), bytes), o.answer());
    auto& asked = w.served.request();
    CHECK(asked.request.body == bytes);
    CHECK(asked.request.method == "POST");
    http::Headers expected{{"host", "127.0.0.1:" + std::to_string(w.served.port)},
                           {"accept", "application/json, text/event-stream"},
                           {"content-type", "application/json"}};
    if (kind == EngineKind::openai) {
      CHECK(asked.request.path == "/v1/chat/completions");
      expected.push_back({"authorization", std::string{"Bearer "} + api_key});
    } else {
      CHECK(asked.request.path == "/v1/messages");
      expected.push_back({"x-api-key", api_key});
      expected.push_back({"anthropic-version", "2023-06-01"});
    }
    expected.push_back({"content-length", std::to_string(bytes.size())});
    REQUIRE(asked.request.headers.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      CHECK(asked.request.headers[i].name == expected[i].name);
      CHECK(asked.request.headers[i].value == expected[i].value);
    }
    asked.exchange->respond(with(200, {{"content-type", "application/json"}}, "answer"));
    REQUIRE(w.served.loop.until([&] { return o.ended(); }));
    CHECK(o.text == "answer");
    CHECK(o.content_type == "application/json");
  }
}

TEST_CASE("cloud: answers pass; the account's and the provider's troubles fail the attempt") {
  for (const int status : {200, 400, 404, 408, 413, 422}) {
    CAPTURE(status);
    World w;
    const auto o = w.call(with(status, {}, "text"));
    CHECK_FALSE(o.error);
    CHECK(o.begun == status);
    CHECK(o.text == "text");
    CHECK(w.counted("weir_cloud_requests_total{code=\"" + std::to_string(status) + "\"} 1"));
  }
  for (const int status : {302, 401, 403, 429, 500, 503, 529}) {
    CAPTURE(status);
    World w;
    const auto o = w.call(with(status, {}, std::string{"wrong key "} + api_key));
    REQUIRE(o.error);
    CHECK(o.error->code == Code::upstream_failed);
    CHECK(o.error->detail.find("sk-") == std::string::npos);
    CHECK(o.engine_status == status);
    CHECK(o.begun == 0);
    CHECK(o.text.empty());
    CHECK(w.counted("weir_cloud_requests_total{code=\"" + std::to_string(status) + "\"} 1"));
    CHECK(w.metrics.render().find("sk-") == std::string::npos);
  }
}

TEST_CASE("cloud: a look tells models with their prices, and asks nobody") {
  World w;
  const auto seen = w.look();
  CHECK(seen.engine == 4);
  CHECK(seen.cloud);
  CHECK(seen.state == EngineState::up);
  CHECK(seen.slots_total == cloud_slots_default);
  REQUIRE(seen.models.size() == 2);
  CHECK(seen.models[0].id == "m");
  CHECK(seen.models[0].capability == 2);
  CHECK(seen.models[0].in_per_mtok == MicroUsd{1'000'000});
  CHECK(seen.models[0].out_per_mtok == MicroUsd{2'000'000});
  CHECK((seen.models[0].features & feature::tools) != 0);
  CHECK(w.served.asked.empty());
}

TEST_CASE("cloud: what the rates leave room for are free slots; more is turned away unsent") {
  auto settings = account(0);
  settings.rpm = 2;
  World w{settings};
  CHECK(w.look().slots_total == 2);
  Heard first, second, third;
  w.engine->start(job(terms()), first.answer());
  CHECK(w.look().slots_total == 2);  // one runs, one more may
  w.engine->start(job(terms(EngineKind::openai, 2)), second.answer());
  CHECK(w.look().slots_total == 2);
  w.engine->start(job(terms(EngineKind::openai, 3)), third.answer());
  w.served.request(2);
  REQUIRE(w.served.loop.until([&] { return third.ended(); }));
  REQUIRE(third.error);
  CHECK(third.error->detail == "the account is shut: requests");
  CHECK(third.engine_status == 0);
  w.served.loop.pump(Millis{20});
  CHECK(w.served.asked.size() == 2);
}

TEST_CASE("cloud: a 429's Retry-After leaves no free slot until then") {
  World w;
  w.call(with(429, {{"retry-after", "0.08"}}));
  CHECK(w.look().slots_total == 0);
  CHECK(w.look().state == EngineState::up);
  CHECK(w.call(with(200), terms(EngineKind::openai, 2)).error->detail ==
        "the account is shut: paused");
  REQUIRE(w.served.loop.until([&] { return w.look().slots_total > 0; }));
  CHECK_FALSE(w.call(with(200), terms(EngineKind::openai, 3)).error);
}

TEST_CASE("cloud: failures in a row take the account down, a probe brings it back") {
  GateSettings gate;
  gate.failures_to_open = 3;
  gate.open_first = Millis{60};
  World w{account(0), gate};
  for (std::uint64_t i = 1; i <= 3; ++i) {
    CHECK(w.look().state == EngineState::up);
    CHECK(w.call(with(500), terms(EngineKind::openai, i)).error);
  }
  CHECK(w.look().state == EngineState::down);
  REQUIRE(w.served.loop.until([&] { return w.look().state == EngineState::up; }));
  CHECK(w.look().slots_total == 1);
  CHECK_FALSE(w.call(with(200), terms(EngineKind::openai, 4)).error);
  CHECK(w.look().slots_total == cloud_slots_default);
}

TEST_CASE("cloud: a caller's impatience is not the provider's failure") {
  GateSettings gate;
  gate.failures_to_open = 1;
  World w{account(0), gate};
  Heard o;
  auto hasty = job();
  hasty.first_byte_max = Millis{30};
  w.engine->start(std::move(hasty), o.answer());
  REQUIRE(w.served.loop.until([&] { return o.ended(); }));
  CHECK(o.error->code == Code::timed_out);
  CHECK(w.look().state == EngineState::up);
}

TEST_CASE("cloud: what an answer cost is counted, from the provider's own figures") {
  World w;
  const auto usage = R"({"choices":[],"usage":{"prompt_tokens":1000,"completion_tokens":500}})";
  CHECK_FALSE(w.call(with(200, {{"content-type", "application/json"}}, usage)).error);
  CHECK(w.counted("weir_cost_usd_total 0.002"));
  w.call(with(400, {}, usage), terms(EngineKind::openai, 2));  // an error costs nothing
  CHECK(w.counted("weir_cost_usd_total 0.002"));
  CHECK(w.counted("weir_sensitive_to_cloud_total 0"));
}

TEST_CASE("cloud: bytes that their grade forbids are counted, whoever let them through") {
  World w;
  auto secret = terms();
  secret.grade = Grade::p0;
  w.call(with(200), secret);
  CHECK(w.counted("weir_sensitive_to_cloud_total 13"));
  auto personal = terms(EngineKind::openai, 2);
  personal.grade = Grade::p1;
  personal.desensitised = true;
  w.call(with(200), personal);
  CHECK(w.counted("weir_sensitive_to_cloud_total 13"));
  auto found = job(terms(EngineKind::openai, 3));
  found.cleared.emplace(domain::Checkpoint::pass("{}", terms(EngineKind::openai, 3), 2));
  Heard o;
  w.engine->start(std::move(found), o.answer());
  CHECK(w.counted("weir_sensitive_to_cloud_total 15"));
}

TEST_CASE("cloud: a stream that costs more than its clearance says is ended") {
  World w;
  auto cheap = terms();
  cheap.cost_cap = MicroUsd{43};  // three tokens of the prompt, and twenty of the answer
  Heard o;
  w.engine->start(job(cheap), o.answer());
  auto exchange = w.served.request().exchange;
  bool gone = false;
  exchange->on_gone([&](bool) { gone = true; });
  exchange->begin(200, {{"content-type", event_stream}});
  const std::string piece = "data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n";
  for (int i = 0; i < 20; ++i) exchange->write(piece);
  REQUIRE(w.served.loop.until([&] { return o.text.size() == 20 * piece.size(); }));
  CHECK_FALSE(o.ended());
  exchange->write(piece);
  REQUIRE(w.served.loop.until([&] { return o.ended() && gone; }));
  CHECK(o.text.size() == 20 * piece.size());
  REQUIRE(o.error);
  CHECK(o.error->detail == "the answer costs more than it may");
  CHECK(w.counted("weir_cost_usd_total 4.5e-05"));
}

TEST_CASE("cloud: a cancelled job says nothing more, its connection is closed, its cost counted") {
  World w;
  Heard o;
  w.engine->start(job(), o.answer());
  auto exchange = w.served.request().exchange;
  bool gone = false;
  exchange->on_gone([&](bool) { gone = true; });
  exchange->begin(200, {{"content-type", event_stream}});
  exchange->write("data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n");
  REQUIRE(w.served.loop.until([&] { return !o.text.empty(); }));
  w.engine->cancel(terms().attempt);
  w.engine->cancel(terms().attempt);
  REQUIRE(w.served.loop.until([&] { return gone; }));
  CHECK_FALSE(o.ended());
  CHECK(w.counted("weir_cost_usd_total 5e-06"));
  CHECK(w.look().slots_total == cloud_slots_default);
}

TEST_CASE("cloud: a job for another provider or an unlisted model is turned away unsent") {
  World w;
  auto other = terms(EngineKind::anthropic);
  CHECK(w.call(with(200), other).error->detail == "cleared for another provider");
  auto unlisted = terms();
  unlisted.model = "x";
  CHECK(w.call(with(200), unlisted).error->detail == "this account does not list the model");
  Heard o;
  w.engine->start(job(unlisted), o.answer());
  w.engine->cancel(unlisted.attempt);
  w.served.loop.pump(Millis{20});
  CHECK_FALSE(o.ended());
  CHECK(w.metrics.render().find("weir_cloud_requests_total{") == std::string::npos);
}

TEST_CASE("cloud: one clearance is one send, even where a kept connection breaks") {
  Loop loop;
  Listener listener;
  telemetry::Metrics metrics;
  CloudMetrics counts{metrics};
  const auto engine = std::move(*Cloud::make(loop.io, 0, account(listener.port()), counts));
  Heard first, second;
  engine->start(job(), first.answer());
  auto peer = listener.accept();
  REQUIRE(loop.until([&] {
    if (!peer.open()) peer = listener.accept();
    return peer.open() && peer.got("cleared");
  }));
  peer.take();
  peer.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
  REQUIRE(loop.until([&] { return first.ended(); }));
  engine->start(job(terms(EngineKind::openai, 2)), second.answer());
  REQUIRE(loop.until([&] { return peer.got("cleared"); }));
  peer.close();
  REQUIRE(loop.until([&] { return second.ended(); }));
  CHECK(second.error);
  loop.pump(Millis{20});
  CHECK_FALSE(listener.accept().open());
}

TEST_CASE("cloud: a server of another CA, or of another name, gets nothing") {
  auto dir = (std::filesystem::temp_directory_path() / "weir-cloud-XXXXXX").string();
  REQUIRE(::mkdtemp(dir.data()) != nullptr);
  for (const char* ca : {"/right", "/wrong"}) {
    REQUIRE(certs::init(dir + ca, "test"));
    REQUIRE(certs::issue(dir + ca, {"agent", "web", Tier::l1, {"127.0.0.1"}}));
  }
  const auto right = dir + "/right/";
  Served served{{}, *tls::https_server_context({"", right + "web.pem", right + "web-key.pem"})};
  served.at_once = http::Response{};
  telemetry::Metrics metrics;
  CloudMetrics counts{metrics};
  const auto call = [&](const std::string& ca, const std::string& host) {
    auto settings = account(0);
    settings.url = "https://" + host + ":" + std::to_string(served.port);
    settings.ca = dir + ca + "/ca.pem";
    const auto engine = std::move(*Cloud::make(served.loop.io, 0, settings, counts));
    Heard o;
    engine->start(job(), o.answer());
    REQUIRE(served.loop.until([&] { return o.ended(); }));
    return o.error ? o.error->code : Code::internal;
  };
  CHECK(call("/right", "127.0.0.1") == Code::internal);
  served.at_once.reset();
  CHECK(call("/wrong", "127.0.0.1") == Code::unreachable);
  CHECK(call("/right", "localhost") == Code::unreachable);
  CHECK(served.asked.empty());
  std::filesystem::remove_all(dir);
}
