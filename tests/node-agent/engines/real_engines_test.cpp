// The adapters against real engines: tests/e2e/test_engines_*.py start them and name their
// addresses in the environment. Without an address a case has nothing to do.
#include "node-agent/engines/detect.hpp"
#include "node-agent/engines/llama_cpp.hpp"
#include "node-agent/engines/ollama.hpp"
#include "node-agent/engines/usage_watch.hpp"
#include "tests/node-agent/engines/site.hpp"

#include <doctest/doctest.h>
#include <cstdlib>
#include <optional>

using namespace weir;
using namespace weir::engines;
using weir::test::Heard;
using weir::test::model_of;

namespace {

std::optional<std::string> address(const char* name) {
  const char* url = std::getenv(name);
  return url == nullptr || *url == '\0' ? std::nullopt : std::optional<std::string>{url};
}

/// One real engine.
template <class Adapter>
struct Real {
  Real(std::string url, EngineKind kind) {
    settings.url = std::move(url);
    settings.kind = kind;
    engine = std::move(*Adapter::make(io, 0, settings));
  }
  bool pump(const std::function<bool()>& done, int seconds = 60) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
    while (!done() && std::chrono::steady_clock::now() < end) {
      io.restart();
      io.run_for(std::chrono::milliseconds(5));
    }
    return done();
  }
  EngineSnapshot look() {
    std::optional<EngineSnapshot> found;
    engine->observe([&](EngineSnapshot s) { found = std::move(s); });
    REQUIRE(pump([&] { return found.has_value(); }));
    return *found;
  }
  static ports::EngineJob job(Endpoint endpoint, std::string body) {
    return {.attempt = {7, RequestId{1}, 1},
            .endpoint = endpoint,
            .body = std::move(body),
            .first_byte_max = Millis{60'000},
            .stall_max = Millis{60'000}};
  }
  Heard run(Endpoint endpoint, std::string body) {
    Heard heard;
    engine->start(job(endpoint, std::move(body)), heard.answer());
    REQUIRE(pump([&] { return heard.ended(); }));
    CHECK_FALSE(heard.error);
    return heard;
  }
  /// What is counted for a chat, and what the engine's usage says of it.
  void same_count(const std::string& chat, Endpoint endpoint, const std::string& limit) {
    CAPTURE(chat);
    UsageWatch usage{false};
    const auto whole = chat.substr(0, chat.size() - 1) + limit;
    const auto answer = run(endpoint, whole).text;
    usage.feed(std::as_bytes(std::span{answer.data(), answer.size()}));
    CHECK(usage.usage().prompt > Tokens{0});
    CHECK(run(Endpoint::count_tokens, chat).text ==
          "{\"input_tokens\":" + std::to_string(usage.usage().prompt.count()) + "}");
  }

  asio::io_context io{1};
  EngineSettings settings;
  std::unique_ptr<Adapter> engine;
};

std::optional<EngineKind> detected(const std::string& url) {
  asio::io_context io{1};
  EngineSettings settings;
  settings.url = url;
  Detection detection{io, std::move(*engine_address(settings)), "", Millis{2'000}};
  std::optional<std::optional<EngineKind>> found;
  detection.start([&](std::optional<EngineKind> kind) { found = kind; });
  while (!found) io.run_one();
  return *found;
}

const std::string user = R"({"role":"user","content":"say hello 世界 <|im_start|>"})";
const std::string polite = R"({"role":"system","content":"be kind"})";
const std::string tools =
    R"("tools":[{"type":"function","function":{"name":"get_weather","description":"d",)"
    R"("parameters":{"type":"object","properties":{"city":{"type":"string"}}}}}])";

std::string chat(const std::string& model, const std::string& messages,
                 const std::string& more = "") {
  return "{\"model\":\"" + model + "\",\"messages\":[" + messages + "]" +
         (more.empty() ? "" : "," + more) + "}";
}

}  // namespace

TEST_CASE("real ollama: inventory, loading, counting, streams and cancelling") {
  const auto url = address("WEIR_REAL_OLLAMA");
  if (!url) return;
  CHECK(detected(*url) == EngineKind::ollama);
  Real<Ollama> real{*url, EngineKind::ollama};
  auto seen = real.look();
  REQUIRE(seen.state == EngineState::up);
  const auto& before = model_of(seen, "tiny-chain:latest");
  CHECK_FALSE(before.loaded);
  CHECK(before.aliases == std::vector<std::string>{"tiny-chain"});
  CHECK(before.digest.size() == 64);
  CHECK(before.bytes > 100'000);
  CHECK(before.features == (feature::tools | feature::json));
  CHECK(model_of(seen, "tiny-embed:latest").features == feature::embeddings);

  const auto hi = chat("tiny-chain", R"({"role":"user","content":"hi"})",
                       R"("options":{"num_predict":9},"max_tokens":3)");
  const auto streamed = real.run(Endpoint::ollama_chat, hi);
  CHECK(streamed.begun == 200);
  CHECK(streamed.content_type == "application/x-ndjson");
  UsageWatch usage{true};
  usage.feed(std::as_bytes(std::span{streamed.text.data(), streamed.text.size()}));
  CHECK(usage.usage().completion > Tokens{5});
  CHECK(static_cast<std::int64_t>(usage.pieces()) <= usage.usage().completion.count());
  seen = real.look();
  CHECK(model_of(seen, "tiny-chain:latest").loaded);
  CHECK(model_of(seen, "tiny-chain:latest").load_ms > 10);
  CHECK(model_of(seen, "tiny-chain:latest").context_tokens == 4'096);

  for (const auto& request :
       {chat("tiny-chain", user), chat("tiny-chain", polite + "," + user, tools)})
    real.same_count(request, Endpoint::ollama_chat,
                    R"(,"stream":false,"options":{"num_predict":2}})");
  CHECK(real.run(Endpoint::chat_completions, hi).text.find("\"usage\"") != std::string::npos);
  const auto embedded =
      real.run(Endpoint::ollama_embed, R"({"model":"tiny-embed","input":["a","b"]})");
  CHECK(embedded.text.find("\"embeddings\"") != std::string::npos);
  // It is started with room for one model: the other had to go.
  seen = real.look();
  CHECK(model_of(seen, "tiny-embed:latest").loaded);
  CHECK(model_of(seen, "tiny-chain:latest").evicts);
}

TEST_CASE("real ollama: a cancelled job stops, and its slot is free at once") {
  const auto url = address("WEIR_REAL_OLLAMA");
  if (!url) return;
  Real<Ollama> real{*url, EngineKind::ollama};
  Heard heard;
  real.engine->start(
      real.job(Endpoint::ollama_generate,
               R"({"model":"tiny-chain","prompt":"x","raw":true,"options":{"num_predict":3000,)"
               R"("stop":[],"temperature":2}})"),
      heard.answer());
  REQUIRE(real.pump([&] { return !heard.text.empty(); }));
  real.engine->cancel(real.job(Endpoint::ollama_generate, "").attempt);
  const auto began = std::chrono::steady_clock::now();
  real.run(Endpoint::count_tokens, chat("tiny-chain", user));
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(5));
  CHECK_FALSE(heard.ended());
}

TEST_CASE("real llama-server: what it is, what it can do, and how it counts") {
  const auto url = address("WEIR_REAL_LLAMA");
  if (!url) return;
  CHECK(detected(*url) == EngineKind::llama_cpp);
  Real<LlamaCpp> real{*url, EngineKind::llama_cpp};
  const auto seen = real.look();
  REQUIRE(seen.models.size() == 1);
  CHECK(seen.models[0].features ==
        (feature::tools | feature::json | feature::continues | feature::messages));
  const auto call = R"({"role":"assistant","content":null,"tool_calls":[{"id":"1","type":)"
                    R"("function","function":{"name":"get_weather","arguments":"{}"}}]},)"
                    R"({"role":"tool","tool_call_id":"1","content":"sunny"})";
  for (const auto& messages : {user, polite + "," + user, user + "," + call})
    for (const auto& more : {std::string{}, tools})
      real.same_count(chat("m", messages, more), Endpoint::chat_completions, R"(,"max_tokens":3})");
}

TEST_CASE("real llama-server: one for embeddings claims those alone, one for ranking that alone") {
  const auto embeddings = address("WEIR_REAL_LLAMA_EMBED");
  const auto rerank = address("WEIR_REAL_LLAMA_RERANK");
  if (!embeddings || !rerank) return;
  Real<LlamaCpp> embedder{*embeddings, EngineKind::llama_cpp};
  CHECK(embedder.look().models.at(0).features == feature::embeddings);
  Real<LlamaCpp> ranker{*rerank, EngineKind::llama_cpp};
  CHECK(ranker.look().models.at(0).features == feature::rerank);
  const auto ranked =
      ranker.run(Endpoint::rerank, R"({"model":"m","query":"a","documents":["a","b"]})");
  CHECK(ranked.text.find("relevance_score") != std::string::npos);
}

TEST_CASE("real router: looking loads nothing, and jobs load what they ask for") {
  const auto url = address("WEIR_REAL_LLAMA_ROUTER");
  if (!url) return;
  CHECK(detected(*url) == EngineKind::llama_cpp);
  Real<LlamaCpp> real{*url, EngineKind::llama_cpp};
  for (int i = 0; i < 3; ++i)
    for (const auto& model : real.look().models) CHECK_FALSE(model.loaded);
  auto seen = real.look();
  CHECK(model_of(seen, "tiny-chain").context_tokens == 2'048);
  CHECK(seen.slots_total == 2);
  real.same_count(chat("tiny-chain", polite + "," + user, tools), Endpoint::chat_completions,
                  R"(,"max_tokens":3})");
  seen = real.look();
  CHECK(model_of(seen, "tiny-chain").loaded);
  CHECK(model_of(seen, "tiny-chain").bytes > 100'000);
  CHECK(model_of(seen, "tiny-chain").context_tokens == 2'048);
  CHECK(seen.slots_total == 2);
  CHECK(seen.counts_running);
  CHECK(model_of(seen, "tiny-embed").evicts);  // it is started with room for one
  CHECK_FALSE(model_of(seen, "tiny-embed").loaded);
  // A text is gone on from by the router's model.
  auto going_on = real.job(Endpoint::chat_completions,
                           chat("tiny-chain", user, R"("stream":true,"temperature":0)"));
  going_on.prefix = "Hello, I";
  Heard heard;
  real.engine->start(std::move(going_on), heard.answer());
  REQUIRE(real.pump([&] { return heard.ended(); }));
  CHECK_FALSE(heard.error);
  CHECK(heard.text.ends_with("data: [DONE]\n\n"));
}
