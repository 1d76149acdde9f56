// The engines against a small server on loopback.
#include "actors/net/asio.hpp"
#include "actors/net/http/server.hpp"
#include "node-agent/engines/engine_set.hpp"
#include "node-agent/engines/llama_cpp.hpp"

#include <doctest/doctest.h>
#include <map>

using namespace weir;
using namespace weir::engines;
using namespace weir::net;

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

/// A server that answers each path with what the test put there, and 404 otherwise.
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
                 if (r.path != "/v1/chat/completions") e->respond({404, {}, ""});
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
  std::map<std::string, http::Response> pages;
  std::vector<http::Request> seen;
  std::vector<http::ExchangePtr> held;
  http::Server server;
  std::uint16_t port = 0;
};

struct Outcome {
  int begun = 0;
  std::uint16_t engine_status = 0;
  std::string text;
  std::optional<Result<Done>> ended;
  ports::EngineAnswer answer() {
    return {[this](std::uint16_t status, std::string) { begun = status; },
            [this](std::span<const std::byte> b) {
              text.append(reinterpret_cast<const char*>(b.data()), b.size());
            },
            [this](Result<Done> r, std::uint16_t status) {
              ended = std::move(r);
              engine_status = status;
            }};
  }
};

ports::EngineJob job() {
  return {{7, RequestId{1}, 1}, Endpoint::chat_completions, "{}", Millis{2'000}, Millis{2'000}};
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
    Outcome o;
    engine->start(job(), o.answer());
    REQUIRE(pump(site.io, [&] { return o.ended.has_value(); }));
    CHECK(static_cast<bool>(*o.ended) == passes);
    CHECK(o.begun == (passes ? status : 0));
    CHECK(o.text == (passes ? "text" : ""));
    CHECK(o.engine_status == (passes ? 0 : status));
  }
}

TEST_CASE("engine: a cancelled job says nothing more and its connection is closed") {
  Site site;
  const auto engine = std::move(*OpenAiCompatible::make(site.io, 0, site.settings()));
  Outcome o;
  engine->start(job(), o.answer());
  REQUIRE(pump(site.io, [&] { return !site.held.empty(); }));
  bool gone = false;
  site.held[0]->on_gone([&](bool) { gone = true; });
  engine->cancel(job().attempt);
  engine->cancel(job().attempt);
  CHECK(pump(site.io, [&] { return gone; }));
  CHECK_FALSE(o.ended);
}

TEST_CASE("engine: an engine that does not answer in time is timed out") {
  Site site;
  const auto engine = std::move(*OpenAiCompatible::make(site.io, 0, site.settings()));
  Outcome o;
  auto hasty = job();
  hasty.first_byte_max = Millis{50};
  engine->start(hasty, o.answer());
  REQUIRE(pump(site.io, [&] { return o.ended.has_value(); }));
  CHECK(o.ended->error().code == Code::timed_out);
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
  read_props(R"({"total_slots":-4,"default_generation_settings":7})", false, s);
  CHECK(s.slots_total == 0);
  s.models.resize(1);
  read_props(R"({"default_generation_settings":{"n_ctx":"8"},"modalities":{"vision":1}})", false,
             s);
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
