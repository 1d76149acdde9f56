#include "actors/domain/stream/ollama_to_openai.hpp"

#include "actors/domain/stream/ollama_stream.hpp"
#include "tests/actors/domain/stream/run_stream.hpp"

#include <doctest/doctest.h>
#include <string>
#include <vector>

namespace {

using namespace weir;

std::string line(const std::string& message, const std::string& more = R"(,"done":false)") {
  return R"({"model":"e","created_at":"x","message":)" + message + more + "}\n";
}
std::string says(const std::string& text) {
  return line(R"({"role":"assistant","content":")" + text + R"("})");
}
std::string ends(const std::string& reason = "stop") {
  return line(
      R"({"role":"assistant","content":""})",
      R"(,"done":true,"done_reason":")" + reason + R"(","prompt_eval_count":7,"eval_count":3)");
}
std::string chunk(const std::string& delta, const std::string& finish = "null") {
  return R"(data: {"id":"i","object":"chat.completion.chunk","created":5,"model":"auto",)"
         R"("choices":[{"index":0,"delta":)" +
         delta + R"(,"logprobs":null,"finish_reason":)" + finish + "}]}\n\n";
}
const std::string role = chunk(R"({"role":"assistant","content":""})");
const std::string usage =
    R"(data: {"id":"i","object":"chat.completion.chunk","created":5,"model":"auto","choices":[],)"
    R"("usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}})"
    "\n\n";

test::Run run(const std::vector<std::string>& pieces, bool keep_usage = false,
              std::size_t limit = domain::event_bytes_max_default) {
  domain::OllamaToOpenAi stream{
      {.model = "auto", .id = "i", .created_unix_s = 5}, keep_usage, limit};
  return test::run_stream(stream, pieces, domain::openai_last_event);
}
test::Run forwarded(const std::vector<std::string>& pieces) {
  domain::OllamaStream stream{"m\"x"};
  return test::run_stream(stream, pieces);
}
const std::string all = says("Hé") + says("llo") + ends();

}  // namespace

TEST_CASE("ollama stream: lines become chunks, the role first") {
  const auto r = run({all});
  CHECK(r.ok);
  CHECK(r.out == role + chunk(R"({"content":"Hé"})") + chunk(R"({"content":"llo"})") +
                     chunk("{}", R"("stop")") + "data: [DONE]\n\n");
  REQUIRE(r.usage);
  CHECK((r.usage->prompt == Tokens{7} && r.usage->completion == Tokens{3}));
  CHECK(run({all}, true).out == role + chunk(R"({"content":"Hé"})") +
                                    chunk(R"({"content":"llo"})") + chunk("{}", R"("stop")") +
                                    usage + "data: [DONE]\n\n");
  CHECK(run({says("a") + ends("length")}).out.find(R"("finish_reason":"length")") !=
        std::string::npos);
}

TEST_CASE("ollama stream: thinking and tool calls") {
  const auto r =
      run({line(R"({"content":"","thinking":"hm"})") +
           line(R"({"content":"","tool_calls":[{"function":{"name":"f","arguments":{"a":1}}}]})") +
           line(R"({"content":"","tool_calls":[{"id":"x","function":{"name":"g"}}]})") + ends()});
  CHECK(r.ok);
  CHECK(r.out ==
        role + chunk(R"({"reasoning_content":"hm"})") +
            chunk(R"({"tool_calls":[{"index":0,"id":"call_i_0","type":"function","function":)"
                  R"({"name":"f","arguments":"{\"a\":1}"}}]})") +
            chunk(R"({"tool_calls":[{"index":1,"id":"x","type":"function","function":)"
                  R"({"name":"g","arguments":"{}"}}]})") +
            chunk("{}", R"("tool_calls")") + "data: [DONE]\n\n");
  CHECK_FALSE(run({line(R"({"tool_calls":[{}]})")}).ok);
  CHECK_FALSE(run({line(R"({"tool_calls":[{"function":{"name":"f","arguments":"{}"}}]})")}).ok);
}

TEST_CASE("ollama stream: split at every byte the answer is the same, cut off it is a failure") {
  const std::string mixed = says("é漢😀") + "\r\n\n" + says("b") + ends();
  for (const auto& stream : {+[](const std::vector<std::string>& p) { return run(p, true); },
                             +[](const std::vector<std::string>& p) { return forwarded(p); }}) {
    const auto whole = stream({mixed});
    CHECK(whole.ok);
    CHECK(stream(test::bytes_of(mixed)).out == whole.out);
    for (std::size_t cut = 0; cut <= mixed.size(); ++cut)
      CHECK(stream({mixed.substr(0, cut), mixed.substr(cut)}).out == whole.out);
    // The last line may lack its end, and nothing else.
    for (std::size_t cut = 0; cut < mixed.size() - 1; ++cut) {
      const auto r = stream({mixed.substr(0, cut)});
      CHECK_MESSAGE((!r.ok && r.code == Code::upstream_failed), cut);
    }
    CHECK(stream({mixed.substr(0, mixed.size() - 1)}).out == whole.out);
  }
}

TEST_CASE("ollama stream: an engine's error is told, nonsense fails") {
  const auto r = run({says("a") + R"({"error":"boom"})" + "\n" + says("b")});
  CHECK_FALSE(r.ok);
  CHECK(r.forwarded);
  CHECK(r.out == role + chunk(R"({"content":"a"})") +
                     "event: error\ndata: {\"error\":{\"message\":\"boom\",\"type\":"
                     "\"server_error\",\"param\":null,\"code\":\"upstream_failed\"}}\n\n");
  for (const std::string bad : {"x\n", "[]\n", "{}\n", "data: {}\n"}) CHECK_FALSE(run({bad}).ok);
  CHECK_FALSE(run({says(std::string(200, 'x'))}, false, 100).ok);
}

TEST_CASE("ollama stream: for its own clients lines stay but for the model") {
  const std::string odd = R"({ "a":1, "model" : "e", "response":"x", "done" : false })"
                          "\n";
  const auto r = forwarded({odd + R"({"model":"e","done":true,"eval_count":3})" + "\n" + odd});
  CHECK(r.ok);
  CHECK(r.out == R"({ "a":1, "model" : "m\"x", "response":"x", "done" : false })"
                 "\n"
                 R"({"model":"m\"x","done":true,"eval_count":3})"
                 "\n");
  CHECK(r.usage->completion == Tokens{3});
  const auto failed = forwarded({odd + R"({"error":"boom"})" + "\n"});
  CHECK_FALSE(failed.ok);
  CHECK(failed.forwarded);
  CHECK(failed.out.ends_with(R"({"error":"boom"})"
                             "\n"));
  CHECK_FALSE(forwarded({"x\n"}).ok);
}
