#include "actors/domain/stream/chained_stream.hpp"

#include "actors/domain/stream/anthropic_to_openai.hpp"
#include "actors/domain/stream/ollama_to_openai.hpp"
#include "actors/domain/stream/openai_to_anthropic.hpp"
#include "actors/domain/stream/openai_to_ollama.hpp"
#include "actors/domain/stream/openai_to_responses.hpp"
#include "tests/actors/domain/stream/run_stream.hpp"

#include <doctest/doctest.h>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace weir;
using namespace weir::domain;

std::unique_ptr<AnswerStream> ollama_engine() {
  return std::make_unique<OllamaToOpenAi>(
      dialect::ollama::AnswerRules{.model = "auto", .id = "i", .created_unix_s = 0}, true);
}
std::unique_ptr<AnswerStream> anthropic_engine() {
  return std::make_unique<AnthropicToOpenAi>(
      dialect::anthropic::AnswerRules{.model = "auto", .id = "i"}, true);
}
std::unique_ptr<AnswerStream> front(int kind) {
  if (kind == 0)
    return std::make_unique<OpenAiToResponses>(
        dialect::responses::AnswerRules{.model = "auto", .id = "resp_1"});
  if (kind == 1)
    return std::make_unique<OpenAiToOllama>(
        dialect::ollama::AnswerRules{.model = "auto", .id = "i", .created_unix_s = 0});
  return std::make_unique<OpenAiToAnthropic>(
      dialect::anthropic::AnswerRules{.model = "auto", .id = "msg_1"}, Tokens{1});
}
test::Run run(std::unique_ptr<AnswerStream> engine, int kind,
              const std::vector<std::string>& pieces) {
  ChainedStream stream{std::move(engine), front(kind)};
  return test::run_stream(stream, pieces);
}

const std::string said =
    R"({"model":"e","message":{"role":"assistant","content":"é"},"done":false})"
    "\n";
const std::string called =
    R"({"model":"e","message":{"role":"assistant","content":"","tool_calls":[{"function":)"
    R"({"name":"f","arguments":{"a":1}}}]},"done":false})"
    "\n";
const std::string ended =
    R"({"model":"e","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop",)"
    R"("prompt_eval_count":7,"eval_count":3})"
    "\n";

}  // namespace

TEST_CASE("chained stream: an engine's lines reach every front whole, however they are cut") {
  const std::string all = said + called + ended;
  for (int kind = 0; kind < 3; ++kind) {
    const auto whole = run(ollama_engine(), kind, {all});
    CHECK(whole.ok);
    REQUIRE(whole.usage);
    CHECK((whole.usage->prompt == Tokens{7} && whole.usage->completion == Tokens{3}));
    CHECK(run(ollama_engine(), kind, test::bytes_of(all)).out == whole.out);
    for (std::size_t cut = 0; cut < all.size() - 1; ++cut)
      CHECK_FALSE(run(ollama_engine(), kind, {all.substr(0, cut)}).ok);
  }
}

TEST_CASE("chained stream: from Ollama's dialect through OpenAI's and back nothing is lost") {
  const auto r = run(ollama_engine(), 1, {said + called + ended});
  const std::string head = R"({"model":"auto","created_at":"1970-01-01T00:00:00Z",)";
  CHECK(r.out ==
        head + R"("message":{"role":"assistant","content":"é"},"done":false})" + "\n" + head +
            R"("message":{"role":"assistant","content":"","tool_calls":[{"id":"call_i_0",)"
            R"("function":{"index":0,"name":"f","arguments":{"a":1}}}]},"done":false})" +
            "\n" + head +
            R"("message":{"role":"assistant","content":""},"done":true,"done_reason":"stop",)"
            R"("total_duration":0,"load_duration":0,"prompt_eval_count":7,"eval_count":3})" +
            "\n");
}

TEST_CASE("chained stream: from Anthropic's dialect to Responses") {
  const auto event = [](const std::string& name, const std::string& more) {
    return "event: " + name + "\ndata: {\"type\":\"" + name + '"' + more + "}\n\n";
  };
  const auto all =
      event("message_start", R"(,"message":{"id":"m","usage":{"input_tokens":7}})") +
      event("content_block_start", R"(,"index":0,"content_block":{"type":"text","text":""})") +
      event("content_block_delta", R"(,"index":0,"delta":{"type":"text_delta","text":"hi"})") +
      event("content_block_stop", R"(,"index":0)") +
      event("message_delta", R"(,"delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":3})") +
      event("message_stop", "");
  const auto r = run(anthropic_engine(), 0, {all});
  CHECK(r.ok);
  CHECK(r.usage->completion == Tokens{3});
  CHECK(r.out.find(R"("text":"hi")") != std::string::npos);
}

TEST_CASE("chained stream: an engine's error is told once, by the second stage") {
  for (int kind = 0; kind < 3; ++kind) {
    const auto r = run(ollama_engine(), kind, {said + R"({"error":"boom"})" + "\n"});
    CHECK_FALSE(r.ok);
    CHECK(r.forwarded);
    const auto at = r.out.find("boom");
    REQUIRE(at != std::string::npos);
  }
  const auto broken = run(ollama_engine(), 0, {said, "x\n"});
  CHECK_FALSE(broken.ok);
  CHECK_FALSE(broken.forwarded);
  CHECK(broken.code == Code::upstream_failed);
}

TEST_CASE("answer stream: the last event of a whole answer in each dialect") {
  CHECK(ends_whole("data: {}\n\ndata: [DONE]\n\n"));
  CHECK(ends_whole(std::string{"event: x\ndata: {}\n\n"} + std::string{anthropic_last_event}));
  CHECK(ends_whole("event: x\ndata: {}\n\nevent: response.completed\ndata: {}\n\n"));
  CHECK(ends_whole("event: response.incomplete\ndata: {}\n\n"));
  CHECK(ends_whole("{\"done\":false}\n{\"a\":1,\"done\": true}\n"));
  CHECK(ends_whole("{\"done\":true}\n"));
  for (const char* cut :
       {"", "\n", "\n\n", "data: [DONE]\n", "event: response.failed\ndata: {}\n\n",
        "event: response.completed\ndata: {}\n", "event: response.completed\ndata: {}\n\n: x\n\n",
        "{\"done\":false}\n", "{\"done\":true}", "{\"a\":{\"done\":true}}\n",
        "{\"done\":true}\n{\"error\":\"x\"}\n", "data: {\"done\":true}\n\n"})
    CHECK_FALSE_MESSAGE(ends_whole(cut), cut);
}
