// The vLLM adapter against transcripts: transcripts/README.md says what they are.
#include "node-agent/engines/vllm.hpp"

#include "node-agent/engines/cache_salt.hpp"
#include "tests/node-agent/engines/site.hpp"

#include <doctest/doctest.h>
#include <fstream>
#include <sstream>

using namespace weir;
using namespace weir::engines;
using weir::test::engine_job;
using weir::test::EngineSite;
using weir::test::model_of;

namespace {

/// Puts the exchanges of a transcript into the site, each path's in turn.
void replay(EngineSite& site, const std::string& name) {
  std::ifstream file{WEIR_ROOT "/tests/node-agent/engines/transcripts/" + name};
  REQUIRE(file);
  std::string line, path;
  while (std::getline(file, line)) {
    if (line.starts_with("> ")) {
      path = line.substr(line.rfind(' ') + 1);
    } else if (line.starts_with("< ")) {
      const auto type = line.substr(6);
      site.pages[path].push_back({std::stoi(line.substr(2, 3)), {{"content-type", type}}, ""});
    } else {
      site.pages[path].back().body += line + "\n";
    }
  }
}

std::unique_ptr<Vllm> make(EngineSite& site) {
  return std::move(*Vllm::make(site.io, 0, site.settings(EngineKind::vllm)));
}

constexpr const char* chat = "/v1/chat/completions";

/// "cache_salt" of a request that was sent; empty where it has none.
std::string salt_of(const std::string& body) {
  const auto at = body.find("\"cache_salt\":\"");
  return at == std::string::npos ? "" : body.substr(at + 14, body.find('"', at + 14) - at - 14);
}

std::string salt_sent(EngineSite& site, ports::Engine& engine, const std::string& tenant,
                      const std::string& body) {
  auto job = engine_job(Endpoint::chat_completions, body);
  job.tenant = tenant;
  site.run(engine, std::move(job));
  return salt_of(site.asked(chat).back().body);
}

}  // namespace

TEST_CASE("vllm: an old version's figures are read, and it is sent no salt") {
  EngineSite site;
  replay(site, "vllm-0.6.txt");
  const auto engine = make(site);
  const auto seen = site.look(*engine);
  CHECK(seen.state == EngineState::up);
  CHECK(seen.kind == EngineKind::vllm);
  REQUIRE(seen.models.size() == 1);
  CHECK(seen.models[0].context_tokens == 32'768);
  CHECK(seen.models[0].parent.empty());
  CHECK(seen.counts_running);
  CHECK(seen.running == 4);
  CHECK(seen.waiting == 0);
  CHECK(seen.kv_used_permille == 250);
  CHECK(seen.slots_total == 4 + 10);  // a sixteenth each, 65 % free
  CHECK(salt_sent(site, *engine, "t", R"({"model":"m"})").empty());
}

TEST_CASE("vllm: a new version's engines are added up, adapters name their base model") {
  EngineSite site;
  replay(site, "vllm-0.11.txt");
  const auto engine = make(site);
  const auto seen = site.look(*engine);
  REQUIRE(seen.models.size() == 2);
  const auto& adapter = model_of(seen, "sql-lora");
  CHECK(adapter.parent == "meta-llama/Llama-3.1-8B-Instruct");
  CHECK(adapter.context_tokens == 131'072);
  CHECK(seen.running == 8);
  CHECK(seen.kv_used_permille == 80);
  CHECK(seen.slots_total == 24);  // it grows with each look
}

TEST_CASE("vllm: a request beyond the context is answered with the engine's own 400") {
  for (const std::string version : {"vllm-0.6.txt", "vllm-0.11.txt"}) {
    EngineSite site;
    replay(site, version);
    const auto engine = make(site);
    const auto heard = site.run(*engine, engine_job());
    CHECK_FALSE(heard.error);
    CHECK(heard.begun == 400);
    CHECK(heard.content_type == "application/json");
    CHECK(heard.text.find("maximum context length") != std::string::npos);
  }
}

TEST_CASE("vllm: every tenant has a salt of its own, and a client's own is replaced") {
  EngineSite site;
  replay(site, "vllm-0.11.txt");
  site.page(chat, "{}");
  const auto engine = make(site);
  site.look(*engine);
  const auto first = salt_sent(site, *engine, "a", R"({"model":"m"})");
  CHECK(first.size() == 64);
  CHECK(salt_sent(site, *engine, "a", R"({"model":"n","cache_salt":"mine"})") == first);
  CHECK(salt_sent(site, *engine, "b", R"({"model":"m"})") != first);
  CHECK(salt_sent(site, *make(site), "a", R"({"model":"m"})") != first);  // another process
  site.page("/v1/embeddings", "{}");
  site.run(*engine, engine_job(Endpoint::embeddings, R"({"input":"x"})"));
  CHECK(site.asked("/v1/embeddings").back().body == R"({"input":"x"})");
}

TEST_CASE("cache salt: it is put into the object, and every other byte stays") {
  CHECK(with_cache_salt(R"({"a": 1 })", "ff") == R"({"a": 1 ,"cache_salt":"ff"})");
  CHECK(with_cache_salt(" {} ", "ff") == R"( {"cache_salt":"ff"} )");
  CHECK(with_cache_salt(R"({"cache_salt" : "x","a":[{"cache_salt":"y"}],"cache_salt":{}})", "ff") ==
        R"({"cache_salt" : "ff","a":[{"cache_salt":"y"}],"cache_salt":"ff"})");
  CHECK(with_cache_salt(R"({"cache\u005fsalt":"x"})", "ff") == R"({"cache\u005fsalt":"ff"})");
  for (const char* wrong : {"", "[]", "{", "{} x", "{\"a\":}"})
    CHECK_FALSE(with_cache_salt(wrong, "f"));
}

TEST_CASE("vllm: a chat's tokens are counted by its tokenizer, with its tools") {
  EngineSite site;
  replay(site, "vllm-0.11.txt");
  const auto engine = make(site);
  const auto heard =
      site.run(*engine, engine_job(Endpoint::count_tokens,
                                   R"({"model":"m","messages":[],"tools":[],"temperature":1})"));
  CHECK(heard.begun == 200);
  CHECK(heard.content_type == "application/json");
  CHECK(heard.text == R"({"input_tokens":17})");
  CHECK(site.asked("/tokenize").at(0).body == R"({"model":"m","messages":[],"tools":[]})");
}

TEST_CASE("vllm: without its tokenizer a chat's tokens are counted by a call of one token") {
  EngineSite site;
  site.page(chat, R"({"usage":{"prompt_tokens":9}})");
  const auto engine = make(site);
  const auto heard =
      site.run(*engine, engine_job(Endpoint::count_tokens, R"({"model":"m","stream":true})"));
  CHECK(heard.text == R"({"input_tokens":9})");
  const auto body = site.asked(chat).at(0).body;
  CHECK(body.starts_with(R"({"model":"m","cache_salt":")"));
  CHECK(body.ends_with(R"(","max_tokens":1,"stream":false})"));
}

TEST_CASE("vllm: its figures are asked for at most once a second") {
  EngineSite site;
  replay(site, "vllm-0.11.txt");
  const auto engine = make(site);
  for (int i = 0; i < 4; ++i) CHECK(site.look(*engine).running == 8);
  CHECK(site.asked("/metrics").size() == 1);
}

TEST_CASE("vllm: without figures it has the slots of any engine") {
  EngineSite site;
  site.page("/v1/models", R"({"data":[{"id":"m"}]})");
  const auto engine = make(site);
  const auto seen = site.look(*engine);
  CHECK(seen.state == EngineState::up);
  CHECK(seen.slots_total == slots_default);
  CHECK_FALSE(seen.counts_running);
  CHECK_FALSE(read_vllm_metrics("llamacpp:requests_processing 1\n"));
  CHECK_FALSE(read_vllm_metrics("vllm:num_requests_running{a=\"} 5\n"));
}

TEST_CASE("vllm: slots in the settings are taken at their word") {
  EngineSite site;
  replay(site, "vllm-0.11.txt");
  auto settings = site.settings(EngineKind::vllm);
  settings.slots = 7;
  const auto engine = std::move(*Vllm::make(site.io, 0, settings));
  CHECK(site.look(*engine).slots_total == 7);
}
