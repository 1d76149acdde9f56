// llama-server's abilities, its counting, and its router mode, by the pages of build 11669.
#include "node-agent/engines/llama_cpp.hpp"
#include "tests/node-agent/engines/site.hpp"

#include <doctest/doctest.h>

using namespace weir;
using namespace weir::engines;
using weir::test::engine_job;
using weir::test::EngineSite;
using weir::test::model_of;

namespace {

constexpr const char* one_model =
    R"({"data":[{"id":"m","aliases":["m","n"],"meta":{"n_ctx":2048,"size":809472}}]})";
constexpr const char* props =
    R"({"total_slots":2,"default_generation_settings":{"n_ctx":2048},"media_marker":"<1>"})";
constexpr const char* yes = R"({"object":"list"})";
constexpr Features all = feature::tools | feature::json | feature::continues;

std::string routed(const std::string& id, const std::string& status, const std::string& more = "") {
  return R"({"id":")" + id + R"(","aliases":[],"status":{"value":")" + status +
         R"(","args":["llama-server","--ctx-size","4096","--parallel","2")" + more +
         R"(]},"architecture":{"input_modalities":["text"]},"context_length":131072})";
}

struct World : EngineSite {
  World() { engine = std::move(*LlamaCpp::make(io, 0, settings(EngineKind::llama_cpp))); }
  EngineSnapshot look() { return EngineSite::look(*engine); }
  void be_single() {
    page("/v1/models", one_model);
    page("/props", props);
    for (const char* path : {"/v1/embeddings", "/v1/rerank"}) page(path, "{}", 501);
  }
  void be_router(const std::string& models, const std::string& more = "") {
    page("/v1/models", R"({"data":[)" + models + "]}");
    page("/props", R"({"role":"router","max_instances":1)" + more + "}");
  }
  std::unique_ptr<LlamaCpp> engine;
};

}  // namespace

TEST_CASE("llama.cpp: what a server can do is asked once per start") {
  World w;
  w.be_single();
  auto seen = w.look();
  CHECK(model_of(seen, "m").features == all);
  CHECK(model_of(seen, "m").aliases == std::vector<std::string>{"n"});
  CHECK(model_of(seen, "m").bytes == 809'472);
  w.look();
  CHECK(w.asked("/v1/embeddings").size() == 1);
  // Another server starts there: one for embeddings.
  w.page("/v1/embeddings", yes);
  w.page("/props", R"({"total_slots":2,"media_marker":"<2>"})");
  CHECK(model_of(w.look(), "m").features == feature::embeddings);
  // One for ranking answers embeddings too.
  w.page("/v1/rerank", yes);
  w.page("/v1/models", "", 500);
  CHECK(w.look().state == EngineState::down);
  w.page("/v1/models", one_model);
  CHECK(model_of(w.look(), "m").features == feature::rerank);
  CHECK(w.asked("/v1/rerank").size() == 3);
}

TEST_CASE(
    "llama.cpp: a sleeping server is not woken, one that does not answer is not asked for ever") {
  World w;
  w.be_single();
  w.page("/props", R"({"total_slots":2,"is_sleeping":true})");
  w.look();
  CHECK(w.asked("/v1/embeddings").empty());
  w.page("/props", props);
  w.page("/v1/embeddings", "", 500);
  for (int i = 0; i < 6; ++i) CHECK(model_of(w.look(), "m").features == all);
  CHECK(w.asked("/v1/embeddings").size() == 3);
}

TEST_CASE("llama.cpp: a chat's tokens are counted by its template and tokenizer") {
  World w;
  w.page("/apply-template", R"({"prompt":"<user>hi"})");
  w.page("/tokenize", R"({"tokens":[1,2,3]})");
  const std::string chat = R"({"model":"m","messages":[{"role":"user","content":"hi"}]})";
  const auto heard = w.run(*w.engine, engine_job(Endpoint::count_tokens, chat));
  CHECK(heard.text == R"({"input_tokens":3})");
  CHECK(w.asked("/apply-template").at(0).body == chat);
  CHECK(w.asked("/tokenize").at(0).body ==
        R"({"content":"<user>hi","add_special":true,"parse_special":true,"model":"m"})");
  w.page("/v1/chat/completions", R"({"usage":{"prompt_tokens":99}})");
  CHECK(w.run(*w.engine, engine_job(Endpoint::count_tokens, R"({"x":"image_url"})")).text ==
        R"({"input_tokens":99})");
  w.page("/apply-template", R"({"error":{"message":"no"}})", 400);
  const auto refused = w.run(*w.engine, engine_job(Endpoint::count_tokens, chat));
  CHECK(refused.begun == 400);
  CHECK(refused.text == R"({"error":{"message":"no"}})");
}

TEST_CASE("router: loaded models are looked at one by one, and none is loaded by looking") {
  World w;
  w.be_router(routed("a b", "loaded") + "," + routed("c", "unloaded"));
  w.page("/props?model=a%20b&autoload=false", props);
  w.page("/slots?model=a%20b&autoload=false",
         R"([{"is_processing":true},{"is_processing":false}])");
  w.page("/metrics?model=a%20b&autoload=false", "llamacpp:requests_deferred 4\n");
  const auto seen = w.look();
  CHECK(seen.state == EngineState::up);
  CHECK(seen.slots_total == 2);
  CHECK(seen.running == 1);
  CHECK(seen.waiting == 4);
  CHECK(model_of(seen, "a b").loaded);
  CHECK(model_of(seen, "a b").context_tokens == 2'048);
  CHECK(model_of(seen, "a b").features == all);
  const auto& other = model_of(seen, "c");
  CHECK_FALSE(other.loaded);
  CHECK(other.evicts);
  CHECK(other.context_tokens == 2'048);  // what it will have
  for (const auto& request : w.seen)
    if (request.path != "/v1/models" && !request.query.empty())
      CHECK(request.query.ends_with("&autoload=false"));
  CHECK(w.asked("/v1/embeddings").empty());
  w.look();
  CHECK(w.asked("/props").size() == 3);  // the model's own once
}

TEST_CASE("router: what its models can do follows from how they will be started") {
  World w;
  w.be_router(routed("chat", "unloaded") + "," + routed("e", "unloaded", R"(,"--embeddings")") +
              "," + routed("r", "unloaded", R"(,"--reranking")"));
  const auto seen = w.look();
  CHECK(seen.slots_total == 2);
  CHECK(model_of(seen, "chat").features == all);
  CHECK(model_of(seen, "e").features == feature::embeddings);
  CHECK(model_of(seen, "r").features == feature::rerank);
  CHECK_FALSE(model_of(seen, "r").evicts);
}

TEST_CASE("router: one that loads nothing by itself offers what is loaded alone") {
  World w;
  w.be_router(routed("a", "loaded") + "," + routed("c", "unloaded"), R"(,"models_autoload":false)");
  CHECK(w.look().models.size() == 1);
  w.be_router(R"({"id":"broken","status":{"value":"unloaded","failed":true}})");
  CHECK(w.look().models.empty());
}
