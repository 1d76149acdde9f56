#include "node-agent/engines/detect.hpp"

#include "node-agent/engines/engine_set.hpp"
#include "tests/node-agent/engines/site.hpp"

#include <doctest/doctest.h>

using namespace weir;
using namespace weir::engines;
using weir::test::engine_job;
using weir::test::EngineSite;
using weir::test::pump;

namespace {

std::optional<EngineKind> kind_of(EngineSite& site) {
  auto to = engine_address(site.settings(EngineKind::openai));
  REQUIRE(to);
  Detection detection{site.io, std::move(*to), "", Millis{300}};
  bool done = false;
  std::optional<EngineKind> found;
  detection.start([&](std::optional<EngineKind> kind) {
    done = true;
    found = kind;
  });
  CHECK_FALSE(done);
  REQUIRE(pump(site.io, [&] { return done; }));
  return found;
}

constexpr const char* models = R"({"data":[{"id":"m"}]})";

void be_ollama(EngineSite& site) {
  site.page("/api/version", R"({"version":"0.17.4"})");
  site.page("/api/tags", R"({"models":[{"name":"m:latest"}]})");
  site.page("/api/ps", R"({"models":[]})");
  site.page("/api/show", "{}");
  site.page("/v1/models", models);
}

}  // namespace

TEST_CASE("detect: each kind is told by the pages that only it has") {
  EngineSite ollama;
  be_ollama(ollama);
  CHECK(kind_of(ollama) == EngineKind::ollama);
  EngineSite llama;
  llama.page("/props", R"({"total_slots":1})");
  CHECK(kind_of(llama) == EngineKind::llama_cpp);
  EngineSite vllm;
  vllm.page("/version", R"({"version":"0.11.0"})");
  vllm.page("/metrics", "vllm:num_requests_running{engine=\"0\"} 0.0\n", 200, "text/plain");
  CHECK(kind_of(vllm) == EngineKind::vllm);
  EngineSite studio;
  for (const char* path : {"/api/version", "/props", "/version"})
    studio.page(path, R"({"error":"Unexpected endpoint or method."})");
  studio.page("/v1/models", models);
  CHECK(kind_of(studio) == EngineKind::openai);
}

TEST_CASE("detect: a llama-server that still loads is known by its name") {
  EngineSite site{{{"server", "llama.cpp"}}};
  CHECK(kind_of(site) == EngineKind::llama_cpp);
}

TEST_CASE("detect: Weir, a server without models, and silence are nothing") {
  EngineSite weir{{{"server", "weir"}}};
  be_ollama(weir);
  CHECK_FALSE(kind_of(weir));
  EngineSite other;
  CHECK_FALSE(kind_of(other));
  EngineSite silent;
  silent.silent = "/api/version";
  CHECK_FALSE(kind_of(silent));
}

TEST_CASE("engine set: an engine whose kind is not stated becomes what it says it is") {
  EngineSite site;
  struct Seen : ports::Worker {
    void post(WorkerEvent e) override {
      if (auto* observed = std::get_if<EngineObserved>(&e)) last = observed->snapshot;
    }
    std::optional<EngineSnapshot> last;
  } worker;
  auto settings = site.settings(EngineKind::openai);
  settings.detect = true;
  EngineSet set{site.io, {Millis{5}, Millis{5}}};
  REQUIRE(set.open(std::vector{settings}, {}));
  set.start(worker);
  REQUIRE(pump(site.io, [&] { return worker.last.has_value(); }));
  CHECK(worker.last->state == EngineState::down);
  const auto early = site.run(*set.find(0), engine_job());
  CHECK(early.error->code == Code::unreachable);

  be_ollama(site);
  REQUIRE(pump(site.io, [&] { return worker.last->state == EngineState::up; }));
  CHECK(worker.last->kind == EngineKind::ollama);
  CHECK(worker.last->models.at(0).id == "m:latest");
  site.page("/api/chat", "{}");
  CHECK(site.run(*set.find(0), engine_job(Endpoint::ollama_chat, R"({"model":"m"})")).begun == 200);

  // Another server takes its place.
  site.pages.clear();
  site.page("/v1/models", models);
  REQUIRE(pump(site.io, [&] { return worker.last->models.at(0).id == "m"; }));
  CHECK(worker.last->kind == EngineKind::openai);
}
