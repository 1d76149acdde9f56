// The engines against a small server on loopback.
#include "actors/net/asio.hpp"
#include "actors/net/http/server.hpp"
#include "node-agent/engines/engine_set.hpp"
#include "node-agent/engines/llama_cpp.hpp"
#include "tests/node-agent/engines/heard.hpp"

#include <doctest/doctest.h>
#include <map>

using namespace weir;
using namespace weir::engines;
using namespace weir::net;
using weir::test::Heard;

namespace {

/// Runs the loop until `done`; false after five seconds.
bool pump(asio::io_context& io, const std::function<bool()>& done) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) return false;
    io.restart();
    io.run_for(std::chrono::milliseconds(5));
  }
  return true;
}

/// A server that answers each path with what the test put there, one not at all, and else 404.
struct Site {
  explicit Site(http::Headers common = {})
      : server{io,
               {},
               std::move(common),
               std::nullopt,
               [this](http::Request r, http::ExchangePtr e) {
                 seen.push_back(r);
                 if (const auto page = pages.find(r.path); page != pages.end())
                   return e->respond(page->second);
                 held.push_back(e);
                 if (r.path != silent) e->respond({404, {}, ""});
               },
               [](int status, std::string_view) {
                 return http::Response{status, {}, ""};
               }} {
    port = *server.listen({"127.0.0.1", 0});
  }
  EngineSettings settings(EngineKind kind = EngineKind::openai) const {
    EngineSettings s;
    s.kind = kind;
    s.url = "http://127.0.0.1:" + std::to_string(port) + "/v1";
    s.api_key = "k";
    return s;
  }
  void page(const std::string& path, std::string body, int status = 200) {
    pages[path] = {status, {{"content-type", "application/json"}}, std::move(body)};
  }
  EngineSnapshot look(ports::Engine& engine) {
    std::optional<EngineSnapshot> found;
    engine.observe([&](EngineSnapshot s) { found = std::move(s); });
    REQUIRE(pump(io, [&] { return found.has_value(); }));
    return *found;
  }

  asio::io_context io{1};
  std::string silent = "/v1/chat/completions";
  std::map<std::string, http::Response> pages;
  std::vector<http::Request> seen;
  std::vector<http::ExchangePtr> held;
  http::Server server;
  std::uint16_t port = 0;
};

ports::EngineJob job() {
  return {.attempt = {7, RequestId{1}, 1},
          .body = "{}",
          .first_byte_max = Millis{2'000},
          .stall_max = Millis{2'000}};
}

constexpr const char* two_models =
    R"({"data":[{"id":"a","max_model_len":4096},{"id":"b","meta":{"n_ctx_train":99}},{"no":1},7]})";

}  // namespace

TEST_CASE("engine: models and their context are read, nonsense among them is left out") {
  Site site;
  site.page("/v1/models", two_models);
  const auto engine = std::move(*OpenAiCompatible::make(site.io, 3, site.settings()));
  const auto seen = site.look(*engine);
  CHECK(seen.engine == 3);
  CHECK(seen.state == EngineState::up);
  CHECK(seen.slots_total == slots_default);
  REQUIRE(seen.models.size() == 2);
  CHECK(seen.models[0].context_tokens == 4'096);
  CHECK(seen.models[1].context_tokens == 99);
  CHECK(http::find(site.seen[0].headers, "authorization") == "Bearer k");
}

TEST_CASE("engine: models that an Ollama runs in its own cloud are no models of this machine") {
  Site site;
  site.page("/v1/models", R"({"data":[{"id":"here:latest"},{"id":"big:cloud"}]})");
  site.page("/api/tags",
            R"({"models":[{"name":"here:latest","size":1},)"
            R"({"name":"big:cloud","remote_host":"https://ollama.com","remote_model":"big"}]})");
  const auto engine = std::move(*OpenAiCompatible::make(site.io, 0, site.settings()));
  const auto seen = site.look(*engine);
  REQUIRE(seen.models.size() == 1);
  CHECK(seen.models[0].id == "here:latest");
}

TEST_CASE("engine: a server that fails, talks nonsense, or is Weir itself is down") {
  Site site;
  const auto engine = std::move(*OpenAiCompatible::make(site.io, 0, site.settings()));
  for (const auto& [body, status] : std::vector<std::pair<std::string, int>>{
           {two_models, 500}, {"not json", 200}, {"[]", 200}, {R"({"data":1})", 200}}) {
    site.page("/v1/models", body, status);
    CHECK(site.look(*engine).state == EngineState::down);
  }
  Site weir{{{"server", "weir"}}};
  weir.page("/v1/models", two_models);
  const auto mirror = std::move(*OpenAiCompatible::make(weir.io, 0, weir.settings()));
  CHECK(weir.look(*mirror).state == EngineState::down);
}

TEST_CASE("engine: answers of the engine pass, its troubles are failures without an answer") {
  for (const auto& [status, passes] : std::vector<std::pair<int, bool>>{{200, true},
                                                                        {400, true},
                                                                        {404, true},
                                                                        {422, true},
                                                                        {408, true},
                                                                        {429, true},
                                                                        {500, false},
                                                                        {503, false}}) {
    CAPTURE(status);
    Site site;
    site.page("/v1/chat/completions", "text", status);
    const auto engine = std::move(*OpenAiCompatible::make(site.io, 0, site.settings()));
    Heard o;
    engine->start(job(), o.answer());
    REQUIRE(pump(site.io, [&] { return o.ended(); }));
    CHECK(!o.error == passes);
    CHECK(o.begun == (passes ? status : 0));
    CHECK(o.text == (passes ? "text" : ""));
    CHECK(o.engine_status == (passes ? 0 : status));
  }
}

TEST_CASE("engine: a cancelled job says nothing more and its connection is closed") {
  Site site;
  const auto engine = std::move(*OpenAiCompatible::make(site.io, 0, site.settings()));
  Heard o;
  engine->start(job(), o.answer());
  REQUIRE(pump(site.io, [&] { return !site.held.empty(); }));
  bool gone = false;
  site.held[0]->on_gone([&](bool) { gone = true; });
  engine->cancel(job().attempt);
  engine->cancel(job().attempt);
  CHECK(pump(site.io, [&] { return gone; }));
  CHECK_FALSE(o.ended());
}

TEST_CASE("engine: an engine that does not answer in time is timed out") {
  Site site;
  const auto engine = std::move(*OpenAiCompatible::make(site.io, 0, site.settings()));
  Heard o;
  auto hasty = job();
  hasty.first_byte_max = Millis{50};
  engine->start(std::move(hasty), o.answer());
  REQUIRE(pump(site.io, [&] { return o.ended(); }));
  CHECK(o.error->code == Code::timed_out);
}

TEST_CASE("llama.cpp: slots, load and context come from its own pages") {
  Site site;
  site.page("/v1/models", R"({"data":[{"id":"m"}]})");
  site.page("/props", R"({"total_slots":6,"default_generation_settings":{"n_ctx":8192},
                          "modalities":{"vision":true}})");
  site.page("/slots", R"([{"is_processing":true},{"is_processing":false}])");
  site.page("/metrics",
            "# HELP x\nllamacpp:requests_processing 2\n"
            "llamacpp:requests_deferred 3\nllamacpp:kv_cache_usage_ratio 0.25\n");
  const auto engine = std::move(*LlamaCpp::make(site.io, 0, site.settings(EngineKind::llama_cpp)));
  const auto seen = site.look(*engine);
  CHECK(seen.state == EngineState::up);
  CHECK(seen.slots_total == 6);
  CHECK(seen.counts_running);
  CHECK(seen.running == 2);
  CHECK(seen.waiting == 3);
  CHECK(seen.kv_used_permille == 250);
  CHECK(seen.models.at(0).context_tokens == 8'192);
  CHECK((seen.models[0].features & feature::vision) != 0);
}

TEST_CASE("llama.cpp: a server with its pages switched off still serves") {
  Site site;
  site.page("/v1/models", R"({"data":[{"id":"m"}]})");
  site.page("/slots", R"({"error":"disabled"})", 501);
  site.page("/props", "garbage");
  const auto engine = std::move(*LlamaCpp::make(site.io, 0, site.settings(EngineKind::llama_cpp)));
  const auto seen = site.look(*engine);
  CHECK(seen.state == EngineState::up);
  CHECK_FALSE(seen.counts_running);
  CHECK(seen.slots_total == slots_default);
}

TEST_CASE("llama.cpp: hostile figures change nothing or are bounded") {
  EngineSnapshot s;
  read_metrics(
      "llamacpp:requests_processing nan\nllamacpp:requests_deferred -1\n"
      "llamacpp:kv_cache_usage_ratio 1e300\nllamacpp:requests_processing_x 4\n",
      s);
  CHECK_FALSE(s.counts_running);
  CHECK(s.waiting == 0);
  CHECK(s.kv_used_permille == 1'000);
  read_props(R"({"total_slots":-4,"default_generation_settings":7})", false, {}, s);
  CHECK(s.slots_total == 0);
  s.models.resize(1);
  read_props(R"({"default_generation_settings":{"n_ctx":"8"},"modalities":{"vision":1}})", false,
             {}, s);
  CHECK(s.models[0].context_tokens == 0);
  CHECK((s.models[0].features & feature::vision) == 0);
  read_slots(R"([1,"x",null,[2],{"is_processing":3}])", s);
  CHECK(s.running == 0);
}

namespace {
struct Seen : ports::Worker {
  void post(WorkerEvent e) override {
    if (auto* observed = std::get_if<EngineObserved>(&e)) snapshots.push_back(observed->snapshot);
  }
  std::vector<EngineSnapshot> snapshots;
};
}  // namespace

TEST_CASE("engine set: an engine that is found appears, one that is absent stays unknown") {
  Site site;
  site.page("/v1/models", two_models);
  auto absent = site.settings();
  absent.url = "http://127.0.0.1:1";
  Seen worker;
  EngineSet set{site.io, {Millis{10}, Millis{10}}};
  REQUIRE(set.open(std::nullopt, {absent, site.settings()}));
  set.start(worker);
  REQUIRE(pump(site.io, [&] { return worker.snapshots.size() >= 2; }));
  for (const auto& s : worker.snapshots) CHECK(s.engine == 1);
  site.page("/v1/models", "", 500);
  REQUIRE(pump(site.io, [&] { return worker.snapshots.back().state == EngineState::down; }));
  CHECK(worker.snapshots.back().models.size() == 2);  // known still, only down
  CHECK(set.find(1) != nullptr);
  CHECK(set.find(2) == nullptr);
}

TEST_CASE("engine set: a configured engine is known from its first look, down or not") {
  Site site;
  auto absent = site.settings();
  absent.url = "http://127.0.0.1:1";
  Seen worker;
  EngineSet set{site.io, {}};
  REQUIRE(set.open(std::vector{absent}, {}));
  set.start(worker);
  REQUIRE(pump(site.io, [&] { return worker.snapshots.size() == 1; }));
  CHECK(worker.snapshots[0].state == EngineState::down);
}

TEST_CASE("engine set: a cloud account is known at once and looked at often, and asks nobody") {
  Site site;
  auto account = site.settings();
  account.cloud = true;
  account.models.push_back({"m", 1, MicroUsd{1}, MicroUsd{2}});
  telemetry::Metrics metrics;
  CloudMetrics counts{metrics};
  Seen worker;
  EngineSet set{site.io, {Millis{60'000}, Millis{60'000}, Millis{5}}, &counts};
  REQUIRE(set.open(std::vector{account}, {}));
  set.start(worker);
  REQUIRE(pump(site.io, [&] { return worker.snapshots.size() >= 3; }));
  CHECK(worker.snapshots[0].cloud);
  CHECK(worker.snapshots[0].models.at(0).out_per_mtok == MicroUsd{2});
}

namespace {

/// A llama-server that renders, counts and completes, and a job that goes on from "so far".
struct Continuing : Site {
  Continuing() {
    page("/apply-template", R"({"prompt":"<user>hi"})");
    page("/tokenize", R"({"tokens":[1,2]})");
    pages["/v1/completions"] = {
        200,
        {{"content-type", "text/event-stream"}},
        "data: {\"choices\":[{\"text\":\" on\",\"index\":0,\"finish_reason\":null}]}\n\n"
        "data: {\"choices\":[{\"text\":\"\",\"index\":0,\"finish_reason\":\"stop\"}]}\n\n"
        "data: [DONE]\n\n"};
    engine = std::move(*LlamaCpp::make(io, 0, settings(EngineKind::llama_cpp)));
  }
  void run() {
    engine->start(order(), outcome.answer());
    REQUIRE(pump(io, [this] { return outcome.ended(); }));
  }
  static ports::EngineJob order() {
    auto going_on = job();
    going_on.body = R"({"model":"m","messages":[],"stream":true,"max_tokens":9})";
    going_on.prefix = "so far";
    return going_on;
  }
  std::unique_ptr<ports::Engine> engine;
  Heard outcome;
};

}  // namespace

TEST_CASE("llama.cpp: it goes on from a text by the raw completion of prompt and text") {
  Continuing w;
  w.run();
  CHECK_FALSE(w.outcome.error);
  CHECK(w.outcome.begun == 200);
  REQUIRE(w.seen.size() == 3);
  CHECK(w.seen[0].body == w.order().body);
  CHECK(w.seen[1].body == R"({"content":"so far","model":"m"})");
  CHECK(w.seen[2].body.find(R"("prompt":"<user>hiso far")") != std::string::npos);
  CHECK(w.seen[2].body.find(R"("max_tokens":7)") != std::string::npos);
  CHECK(http::find(w.seen[2].headers, "authorization") == "Bearer k");
  CHECK(w.outcome.text.find(R"("content":" on")") != std::string::npos);
  CHECK(w.outcome.text.ends_with("data: [DONE]\n\n"));
}

TEST_CASE("llama.cpp: where a step of going on fails, the job fails once") {
  for (const std::string path : {"/apply-template", "/tokenize", "/v1/completions"})
    for (const int status : {404, 500}) {
      CAPTURE(path);
      CAPTURE(status);
      Continuing w;
      w.page(path, R"({"error":{"message":"no"}})", status);
      w.run();
      CHECK(w.outcome.error);
      CHECK(w.outcome.begun == 0);
      CHECK(w.outcome.text.empty());
    }
}

TEST_CASE("llama.cpp: a job that goes on can be cancelled at every step") {
  for (const std::string path : {"/apply-template", "/tokenize", "/v1/completions"}) {
    CAPTURE(path);
    Continuing w;
    w.pages.erase(path);
    w.silent = path;
    w.engine->start(w.order(), w.outcome.answer());
    REQUIRE(pump(w.io, [&] { return !w.seen.empty() && w.seen.back().path == path; }));
    w.engine->cancel(w.order().attempt);
    w.io.restart();
    w.io.run_for(std::chrono::milliseconds(20));
    CHECK_FALSE(w.outcome.ended());
  }
}

TEST_CASE("engine: one that knows no such API goes on from no text") {
  Site site;
  const auto engine = std::move(*OpenAiCompatible::make(site.io, 0, site.settings()));
  auto order = job();
  order.prefix = "x";
  Heard outcome;
  engine->start(std::move(order), outcome.answer());
  REQUIRE(outcome.ended());
  CHECK(outcome.error);
  CHECK(site.seen.empty());
}
