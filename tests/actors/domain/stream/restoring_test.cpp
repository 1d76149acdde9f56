// Restoring streams and answers: what each event becomes.
#include "actors/domain/stream/restoring.hpp"
#include "actors/domain/stream/anthropic_stream.hpp"
#include "actors/domain/stream/anthropic_to_openai.hpp"
#include "actors/domain/stream/chained_stream.hpp"
#include "actors/domain/stream/openai_to_anthropic.hpp"
#include "actors/domain/stream/sse_stream.hpp"
#include "tests/actors/domain/stream/chunks.hpp"
#include "tests/actors/domain/stream/restoring_world.hpp"
#include "tests/actors/domain/stream/run_stream.hpp"

namespace {

using namespace weir;
using namespace weir::test;
using domain::restore_answer;
using domain::restoring_stream;

std::shared_ptr<Vault> small_vault() {
  auto vault = std::make_shared<Vault>("kqz");
  vault->placeholder_for(Sensitive::person, "王芳");
  vault->placeholder_for(Sensitive::address, "\"A\" \\ 北京");
  return vault;
}
const std::string person = "⟦PII:PERSON:1:kqz⟧", address = "⟦PII:ADDRESS:1:kqz⟧";

Run run(EngineKind kind, const std::string& bytes, std::shared_ptr<const Vault> vault) {
  const auto whole_stream = restoring_stream(kind, vault);
  auto whole = run_stream(*whole_stream, {bytes});
  for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
    const auto stream = restoring_stream(kind, vault);
    const auto again = run_stream(*stream, {bytes.substr(0, cut), bytes.substr(cut)});
    CHECK(again.out == whole.out);
    CHECK(again.ok == whole.ok);
  }
  return whole;
}
Run run(EngineKind kind, const std::string& bytes) { return run(kind, bytes, small_vault()); }

std::string anthropic_event(const std::string& type, const std::string& more) {
  return "event: " + type + "\ndata: {\"type\":\"" + type + "\"" + more + "}\n\n";
}
std::string block_delta(int index, const std::string& delta) {
  return anthropic_event("content_block_delta",
                         ",\"index\":" + std::to_string(index) + ",\"delta\":" + delta);
}
const std::string message_start =
    anthropic_event("message_start", R"(,"message":{"id":"m","type":"message","role":"assistant",)"
                                     R"("model":"c","content":[],"usage":{"input_tokens":3}})");
const std::string message_end =
    anthropic_event("message_delta", R"(,"delta":{"stop_reason":"end_turn"})") +
    anthropic_event("message_stop", "");

}  // namespace

TEST_CASE("restoring: a placeholder split over chunks comes back once (d-restore-035)") {
  const auto bytes = role + content("您好 ⟦PII:PER") + content("SON:1:k") + content("qz⟧,您的") +
                     finish("stop") + usage + done;
  const auto got = run(EngineKind::openai, bytes);
  CHECK(got.ok);
  CHECK(got.out == role + content("您好 ") + content("") + content("王芳,您的") + finish("stop") +
                       usage + done);
}

TEST_CASE("restoring: a placeholder that the model invents passes literally (d-restore-036)") {
  const auto bytes = role + content("见 ⟦PII:PERSON:9:kqz⟧") + finish("stop") + done;
  CHECK(run(EngineKind::openai, bytes).out == bytes);
}

TEST_CASE("restoring: another attempt's placeholders reveal nothing (d-restore-037)") {
  const auto ours = std::make_shared<Vault>("abc");
  const auto theirs = small_vault();
  ours->placeholder_for(Sensitive::person, "李四");
  const auto bytes =
      role + content("what is " + person + " or ⟦PII:PERSON:1⟧ ?") + finish("stop") + done;
  CHECK(run(EngineKind::openai, bytes, ours).out == bytes);
  CHECK(domain::restore_text("⟦PII:PERSON:1:abc⟧" + person, *theirs) == "⟦PII:PERSON:1:abc⟧王芳");
}

TEST_CASE("restoring: events in which nothing is restored keep their bytes") {
  const std::string odd =
      "data: { \"id\" : \"x\",\"choices\":[ {\"index\":0,\"delta\":{\"content\":\"\\u4e2d\\/\"},"
      "\"logprobs\":{\"content\":[{\"token\":\"" +
      person + "\"}]}}], \"usage\":{\"a\":1.0e0}}\n\n";
  const auto bytes = role + odd + finish("stop") + usage + done;
  CHECK(run(EngineKind::vllm, bytes).out == bytes);
}

TEST_CASE("restoring: what is held leaves, as it is, before the end of its choice") {
  const std::string top = R"({"id":"x","object":"chat.completion.chunk","model":"e","choices":)";
  const auto got = run(EngineKind::openai, role + content("a⟦PII:PER") +
                                               goes_on(1, "{\\\"a\\\":\\\"\\\\u27e6PII") +
                                               finish("stop") + done);
  CHECK(got.out ==
        role + content("a") + goes_on(1, "{\\\"a\\\":\\\"") +
            data(top + R"([{"index":0,"delta":{"content":"⟦PII:PER"},"finish_reason":null}]})") +
            data(top + R"([{"index":0,"delta":{"tool_calls":[{"index":1,"function":{"arguments":)"
                       R"("\\u27e6PII"}}]},"finish_reason":null}]})") +
            finish("stop") + done);
}

TEST_CASE("restoring: what is held goes into the last event itself where that has text") {
  const auto last = [](const std::string& text) {
    return chunk(R"({"content":")" + text + R"("})", R"(,"finish_reason":"length")");
  };
  CHECK(run(EngineKind::openai, role + content("x⟦PII") + last(":PER") + done).out ==
        role + content("x") + last("⟦PII:PER") + done);
}

TEST_CASE("restoring: a stream without an end gives what is held at its end") {
  const auto at_done = run(EngineKind::openai, content("⟦PII") + done);
  CHECK(openai_texts(at_done.out).at("0/content") == "⟦PII");
  const auto stream = restoring_stream(EngineKind::openai, small_vault());
  std::string out;
  CHECK(stream->feed(content("⟦PII"), out));
  CHECK(stream->finish(out));
  CHECK(openai_texts(out).at("0/content") == "⟦PII");
  CHECK_FALSE(stream->done());
}

TEST_CASE("restoring: choices and tool calls are texts of their own") {
  const auto got =
      run(EngineKind::openai, opens(0, "a", "f", "{\\\"x\\\":\\\"⟦PII:PER") +
                                  opens(1, "b", "g", "[\\\"⟦PII:") + goes_on(0, "SON:1:kqz⟧\\\"}") +
                                  goes_on(1, "ADDRESS:1:kqz⟧\\\"]") + finish("tool_calls") + done);
  const auto texts = openai_texts(got.out);
  CHECK(texts.at("0/call 0") == "{\"x\":\"王芳\"}");
  CHECK(texts.at("0/call 1") == R"(["\"A\" \\ 北京"])");
  CHECK(got.out.find(R"("id":"b","type":"function","function":{"name":"g")") != std::string::npos);
}

TEST_CASE("restoring: whole calls that share an index, or have none, do not run together") {
  const auto call = [](const std::string& index, const std::string& id, const std::string& text) {
    return chunk(R"({"tool_calls":[{)" + index + R"("id":")" + id +
                 R"(","function":{"name":"f","arguments":")" + text + R"("}}]})");
  };
  for (const std::string index : {"", "\"index\":0,"}) {
    const auto got = run(EngineKind::openai, call(index, "a", "[\\\"⟦PII:PER") +
                                                 call(index, "b", "[\\\"" + person + "\\\"]") +
                                                 finish("tool_calls") + done);
    CHECK(got.ok);
    CHECK(got.out.find("王芳") != std::string::npos);
    CHECK(got.out.find("PII:PER\"") != std::string::npos);
  }
}

TEST_CASE("restoring: an error of the engine's passes restored, behind what is held") {
  const auto got = run(EngineKind::openai,
                       content("⟦PII") + data(R"({"error":{"message":"no )" + person + "\"}}"));
  CHECK(got.forwarded);
  CHECK_FALSE(got.ok);
  CHECK(got.out.ends_with(data(R"({"error":{"message":"no 王芳"}})")));
  CHECK(openai_texts(got.out).at("0/content") == "⟦PII");
  const auto theirs =
      run(EngineKind::anthropic,
          message_start + anthropic_event("error", R"(,"error":{"message":")" + address + "\"}"));
  CHECK(theirs.forwarded);
  CHECK(theirs.out.find(R"("\"A\" \\ 北京")") != std::string::npos);
}

TEST_CASE("restoring: Anthropic's blocks restore, and give what is held before their end") {
  const auto bytes =
      message_start +
      anthropic_event("content_block_start",
                      R"(,"index":0,"content_block":{"type":"text","text":"⟦PII:PERSON"})") +
      block_delta(0, R"({"type":"text_delta","text":":1:kqz⟧ ⟦PII"})") +
      anthropic_event("content_block_stop", R"(,"index":0)") +
      block_delta(1,
                  R"({"type":"input_json_delta","partial_json":"{\"a\":\"\\u27e6PII:ADDRESS:"})") +
      block_delta(1, R"({"type":"input_json_delta","partial_json":"1:kqz\\u27e7\"}"})") +
      anthropic_event("content_block_stop", R"(,"index":1)") + message_end;
  const auto got = run(EngineKind::anthropic, bytes);
  CHECK(got.ok);
  const auto texts = anthropic_texts(got.out);
  CHECK(texts.at("0/text") == "王芳 ⟦PII");
  CHECK(texts.at("1/partial_json") == R"({"a":"\"A\" \\ 北京"})");
  CHECK(got.out.ends_with(message_end));
}

TEST_CASE("restoring: Ollama's lines restore") {
  const auto line = [](const std::string& text, const std::string& more) {
    return R"({"model":"m","message":{"role":"assistant","content":")" + text + "\"" + more + "\n";
  };
  const auto bytes = line("⟦PII:PER", "},\"done\":false}") +
                     line("SON:1:kqz⟧!⟦", "},\"done\":false}") +
                     R"({"model":"m","message":{"role":"assistant","tool_calls":[{"function":)"
                     R"({"name":"f","arguments":{"a":")" +
                     address + "\"}}}]},\"done\":true}\n";
  const auto got = run(EngineKind::ollama, bytes);
  CHECK(got.ok);
  CHECK(got.out.find(R"("content":"王芳!")") != std::string::npos);
  CHECK(got.out.find(R"("content":"⟦"},"done":false)") != std::string::npos);
  CHECK(got.out.find(R"({"a":"\"A\" \\ 北京"})") != std::string::npos);
}

TEST_CASE("restoring: chained before the streams that translate") {
  using namespace weir::domain;
  const auto from_openai = role + content("您好 ⟦PII:PER") + content("SON:1:kqz⟧") +
                           opens(0, "a", "f", "{\\\"x\\\":\\\"⟦PII:ADDR") +
                           goes_on(0, "ESS:1:kqz⟧\\\"}") + finish("tool_calls") + usage + done;
  ChainedStream to_anthropic{
      restoring_stream(EngineKind::openai, small_vault()),
      std::make_unique<OpenAiToAnthropic>(dialect::anthropic::AnswerRules{}, Tokens{5}, 4096)};
  const auto got = run_stream(to_anthropic, bytes_of(from_openai));
  CHECK(got.ok);
  CHECK(got.usage.has_value());
  const auto texts = anthropic_texts(got.out);
  CHECK(texts.at("0/text") == "您好 王芳");
  CHECK(texts.at("1/partial_json") == R"({"x":"\"A\" \\ 北京"})");

  ChainedStream same{restoring_stream(EngineKind::openai, small_vault()),
                     std::make_unique<SseStream>(StreamRules{"auto", true, 4096})};
  const auto openai = run_stream(same, bytes_of(from_openai));
  CHECK(openai.ok);
  CHECK(openai.usage.has_value());
  CHECK(openai_texts(openai.out).at("0/content") == "您好 王芳");
}

TEST_CASE("restoring: data that is no JSON, or too long once restored, is a failure") {
  for (const auto kind : {EngineKind::openai, EngineKind::anthropic, EngineKind::ollama})
    for (const char* text :
         {"data: [1]\n\n[1]\n", "data: {\n\n{\n", "data: {\"a\":\"\\ud800\"}\n\n{\"\\ud800\"\n"}) {
      const auto stream = restoring_stream(kind, small_vault());
      std::string out;
      const auto fed = stream->feed(text, out);
      CHECK_FALSE(fed);
      CHECK(out.empty());
    }
  const auto vault = std::make_shared<Vault>("kqz");
  vault->placeholder_for(Sensitive::person, std::string(60'000, 'x'));
  std::string text;
  for (int i = 0; i < 100; ++i) text += person;
  const auto stream = restoring_stream(EngineKind::openai, vault);
  std::string out;
  CHECK_FALSE(stream->feed(content(text), out));
  CHECK(out.empty());
  CHECK_FALSE(restore_answer(EngineKind::openai, "{\"a\":\"" + text + "\"}", *vault, 100'000));
}

TEST_CASE("restoring: a whole answer restores, and is the same bytes where nothing does") {
  const auto vault = small_vault();
  const std::string plain = R"({ "id":"x","choices":[{"message":{"content":"\u4e2d"}}],"n":1.0})";
  CHECK(*restore_answer(EngineKind::openai, plain, *vault) == plain);
  const auto body = R"({"choices":[{"message":{"content":")" + person +
                    R"(","tool_calls":[{"function":{"name":"f","arguments":"{\"a\":\"\\u27e6PII:)"
                    R"(ADDRESS:1:kqz\\u27e7\"}"}}]}}]})";
  CHECK(*restore_answer(EngineKind::openai, body, *vault) ==
        R"({"choices":[{"message":{"content":"王芳","tool_calls":[{"function":{"name":"f",)"
        R"("arguments":"{\"a\":\"\\\"A\\\" \\\\ 北京\"}"}}]}}]})");
  CHECK(*restore_answer(
            EngineKind::anthropic,
            R"({"content":[{"type":"tool_use","input":{"arguments":")" + address + "\"}}]}",
            *vault) ==
        R"({"content":[{"type":"tool_use","input":{"arguments":"\"A\" \\ 北京"}}]})");
  CHECK_FALSE(restore_answer(EngineKind::openai, "<html>", *vault));
}
