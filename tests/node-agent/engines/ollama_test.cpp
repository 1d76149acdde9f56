#include "node-agent/engines/ollama.hpp"

#include "tests/node-agent/engines/site.hpp"

#include <doctest/doctest.h>

using namespace weir;
using namespace weir::engines;
using weir::test::engine_job;
using weir::test::EngineSite;
using weir::test::model_of;
using weir::test::pump;

namespace {

constexpr const char* tags =
    R"({"models":[{"name":"chat:latest","model":"chat:latest","size":2000000000,"digest":"d1",
    "details":{"family":"llama","quantization_level":"Q4_K_M"}},
    {"name":"embed:v1","size":500000000,"digest":"d2","details":{"family":"bert"}},
    {"name":"huge:cloud","size":384,"digest":"d3","remote_model":"huge",
    "remote_host":"https://h"}]})";
constexpr const char* chat_shown =
    R"({"capabilities":["completion","tools"],"parameters":"stop \"x\"\nnum_ctx    8192\n",
    "model_info":{"general.architecture":"llama","llama.context_length":131072}})";
constexpr const char* embed_shown =
    R"({"capabilities":["embedding"],"model_info":{"general.architecture":"bert",
    "bert.context_length":512}})";

std::string ps(const std::string& models) { return R"({"models":[)" + models + "]}"; }
std::string loaded(const std::string& name, const std::string& expires = "2318-01-01T00:00:00Z") {
  return R"({"name":")" + name + R"(","expires_at":")" + expires + R"(","context_length":4096})";
}

struct World : EngineSite {
  World() {
    page("/api/tags", tags);
    page("/api/ps", ps(""));
    page("/api/show", chat_shown);
    then("/api/show", embed_shown);
    engine = std::move(*Ollama::make(io, 0, settings(EngineKind::ollama)));
  }
  EngineSnapshot look() { return EngineSite::look(*engine); }
  std::unique_ptr<Ollama> engine;
};

}  // namespace

TEST_CASE("ollama: models, what they can do and what loading them costs") {
  World w;
  const auto seen = w.look();
  CHECK(seen.state == EngineState::up);
  CHECK(seen.slots_total == 1);
  REQUIRE(seen.models.size() == 2);  // one runs in a cloud of Ollama's
  const auto& chat = model_of(seen, "chat:latest");
  CHECK(chat.aliases == std::vector<std::string>{"chat"});
  CHECK(chat.family == "llama");
  CHECK(chat.quantization == "Q4_K_M");
  CHECK(chat.digest == "d1");
  CHECK(chat.bytes == 2'000'000'000);
  CHECK(chat.features == (feature::tools | feature::json));
  CHECK(chat.context_tokens == 8'192);
  CHECK_FALSE(chat.loaded);
  CHECK(chat.load_ms == 2'000);
  CHECK_FALSE(chat.evicts);
  const auto& embed = model_of(seen, "embed:v1");
  CHECK(embed.features == feature::embeddings);
  CHECK(embed.context_tokens == 512);
  CHECK(embed.aliases.empty());
  w.look();
  CHECK(w.asked("/api/show").size() == 2);  // once for each
}

TEST_CASE("ollama: the context of a loaded model is what it was loaded with, and stays known") {
  World w;
  w.page("/api/ps", ps(loaded("chat:latest") + "," + loaded("embed:v1")));
  auto seen = w.look();
  CHECK(model_of(seen, "chat:latest").loaded);
  CHECK(model_of(seen, "chat:latest").context_tokens == 4'096);
  CHECK(seen.slots_total == 2);
  w.page("/api/ps", ps(""));
  seen = w.look();
  CHECK_FALSE(model_of(seen, "chat:latest").loaded);
  CHECK(model_of(seen, "chat:latest").context_tokens == 4'096);
}

TEST_CASE("ollama: loading evicts once it was seen to") {
  World w;
  w.page("/api/ps", ps(loaded("chat:latest")));
  CHECK_FALSE(model_of(w.look(), "embed:v1").evicts);
  w.page("/api/ps", ps(loaded("embed:v1")));
  const auto seen = w.look();
  CHECK(model_of(seen, "chat:latest").evicts);
  CHECK_FALSE(model_of(seen, "embed:v1").evicts);
}

TEST_CASE("ollama: a model that expired was not pushed out") {
  World w;
  w.page("/api/ps", ps(loaded("chat:latest", "2020-01-01T00:00:00.123456789+02:00")));
  w.look();
  w.page("/api/ps", ps(loaded("embed:v1")));
  CHECK_FALSE(model_of(w.look(), "chat:latest").evicts);
}

TEST_CASE("ollama: how long loading takes is learned from the answers that waited for it") {
  World w;
  w.look();
  w.page("/api/chat",
         "{\"message\":{},\"done\":false}\n{\"done\":true,\"load_duration\":5000000000,"
         "\"prompt_eval_count\":3,\"eval_count\":1}\n",
         200, "application/x-ndjson");
  const auto heard =
      w.run(*w.engine, engine_job(Endpoint::ollama_chat, R"({"model":"chat","messages":[]})"));
  CHECK(heard.content_type == "application/x-ndjson");
  CHECK(heard.text.ends_with("}\n"));
  auto seen = w.look();
  CHECK(model_of(seen, "chat:latest").load_ms == 5'000);
  CHECK(model_of(seen, "embed:v1").load_ms == 1'250);  // at the same rate
  // One that is loaded already says nothing of loading.
  w.page("/api/ps", ps(loaded("chat:latest")));
  w.look();
  w.page("/api/chat", R"({"done":true,"load_duration":7000000})");
  w.run(*w.engine, engine_job(Endpoint::ollama_chat, R"({"model":"chat:latest"})"));
  CHECK(model_of(w.look(), "chat:latest").load_ms == 5'000);
}

TEST_CASE("ollama: calls go to its own paths, and to its /v1 paths") {
  World w;
  for (const auto endpoint :
       {Endpoint::ollama_chat, Endpoint::ollama_generate, Endpoint::ollama_embed,
        Endpoint::chat_completions, Endpoint::completions, Endpoint::embeddings}) {
    w.page(std::string{name_of(endpoint)}, R"({"error":"model 'x' not found"})", 404);
    const auto heard = w.run(*w.engine, engine_job(endpoint, R"({"model":"x"})"));
    CHECK(heard.begun == 404);
    CHECK(heard.text == R"({"error":"model 'x' not found"})");
    CHECK(w.asked(std::string{name_of(endpoint)}).size() == 1);
  }
  auto going_on = engine_job(Endpoint::ollama_chat);
  going_on.prefix = "so far";
  CHECK(w.run(*w.engine, std::move(going_on)).error->code == Code::not_supported);
}

TEST_CASE("ollama: a chat's tokens are counted by a call of one token") {
  World w;
  w.page("/api/chat", R"({"done":true,"prompt_eval_count":11,"eval_count":1})");
  const auto heard = w.run(
      *w.engine, engine_job(Endpoint::count_tokens,
                            R"({"model":"m","options":{"num_predict":9,"seed":1},"messages":[]})"));
  CHECK(heard.text == R"({"input_tokens":11})");
  CHECK(w.asked("/api/chat").at(0).body ==
        R"({"model":"m","messages":[],"options":{"seed":1,"num_predict":1},"stream":false})");
  w.page("/api/chat", R"({"error":"bad"})", 400);
  CHECK(w.run(*w.engine, engine_job(Endpoint::count_tokens)).begun == 400);
  w.page("/api/chat", "{}", 503);
  CHECK(w.run(*w.engine, engine_job(Endpoint::count_tokens)).engine_status == 503);
  w.page("/api/chat", "nonsense");
  CHECK(w.run(*w.engine, engine_job(Endpoint::count_tokens)).error);
}

TEST_CASE("ollama: a cancelled job's connection is closed") {
  World w;
  w.silent = "/api/chat";
  weir::test::Heard heard;
  w.engine->start(engine_job(Endpoint::ollama_chat, R"({"model":"chat"})"), heard.answer());
  REQUIRE(pump(w.io, [&] { return !w.held.empty(); }));
  bool gone = false;
  w.held[0]->on_gone([&](bool) { gone = true; });
  w.engine->cancel(engine_job().attempt);
  CHECK(pump(w.io, [&] { return gone; }));
  CHECK_FALSE(heard.ended());
}

TEST_CASE("ollama: pages of nonsense take nothing away, and Weir is no engine") {
  World w;
  w.page("/api/ps", "[]");
  w.page("/api/show", "nonsense");
  auto seen = w.look();
  CHECK(seen.state == EngineState::up);
  CHECK(model_of(seen, "chat:latest").features == 0);
  w.page("/api/tags", R"({"models":7})");
  CHECK(w.look().state == EngineState::down);
  EngineSite weir{{{"server", "weir"}}};
  weir.page("/api/tags", tags);
  const auto mirror = std::move(*Ollama::make(weir.io, 0, weir.settings(EngineKind::ollama)));
  CHECK(weir.look(*mirror).state == EngineState::down);
}

TEST_CASE("ollama: times are read with their zone, and nothing else is taken for one") {
  CHECK(unix_seconds("1970-01-02T00:00:01Z") == 86'401);
  CHECK(unix_seconds("2026-11-27T23:23:06.372753047Z") == 1'795'821'786);
  CHECK(unix_seconds("1970-01-01T02:00:00.5+02:00") == 0);
  CHECK(unix_seconds("1969-12-31T19:00:00-05:00") == 0);
  for (const char* wrong : {"", "never", "1970-01-01", "1970-13-01T00:00:00Z",
                            "1970-01-01T00:00:00", "1970-01-01T00:00:00+2", "x970-01-01T00:00:00Z"})
    CHECK_FALSE(unix_seconds(wrong));
}

TEST_CASE("ollama: a model that it did not list is not asked for: it may run in Ollama's cloud") {
  World w;
  w.page("/api/chat", "{}");
  w.look();
  for (const auto endpoint : {Endpoint::ollama_chat, Endpoint::count_tokens}) {
    const auto heard = w.run(*w.engine, engine_job(endpoint, R"({"model":"big:cloud"})"));
    REQUIRE(heard.error);
    CHECK(heard.error->code == Code::upstream_failed);
  }
  CHECK(w.asked("/api/chat").empty());
  w.run(*w.engine, engine_job(Endpoint::ollama_chat, R"({"model":"chat"})"));
  CHECK(w.asked("/api/chat").size() == 1);
}
