#include "actors/domain/stream/openai_to_ollama.hpp"

#include "tests/actors/domain/stream/chunks.hpp"
#include "tests/actors/domain/stream/run_stream.hpp"

#include <doctest/doctest.h>
#include <string>
#include <vector>

namespace {

using namespace weir;
using namespace weir::test;
using dialect::ollama::Call;

test::Run run(const std::vector<std::string>& pieces, Call call = Call::chat, bool thinking = true,
              std::size_t limit = domain::event_bytes_max_default) {
  domain::OpenAiToOllama stream{
      {.model = "auto", .id = "i", .created_unix_s = 0, .call = call, .thinking = thinking}, limit};
  return test::run_stream(stream, pieces);
}
const std::string head = R"({"model":"auto","created_at":"1970-01-01T00:00:00Z",)";
std::string says(const std::string& more) {
  return head + R"("message":{"role":"assistant",)" + more + R"(},"done":false})" + "\n";
}
std::string last(const std::string& reason = "stop", const std::string& counts = "7,3",
                 const std::string& said = R"("message":{"role":"assistant","content":""})") {
  const auto comma = counts.find(',');
  return head + said + R"(,"done":true,"done_reason":")" + reason +
         R"(","total_duration":0,"load_duration":0,"prompt_eval_count":)" +
         counts.substr(0, comma) + R"(,"eval_count":)" + counts.substr(comma + 1) + "}\n";
}
const std::string all = role + content("Hé") + content("llo") + finish("stop") + usage + done;

}  // namespace

TEST_CASE("ollama lines: a text answer, its last line with the figures") {
  const auto r = run({all});
  CHECK(r.ok);
  CHECK(r.out == says(R"("content":"Hé")") + says(R"("content":"llo")") + last());
  REQUIRE(r.usage);
  CHECK((r.usage->prompt == Tokens{7} && r.usage->completion == Tokens{3}));
  CHECK(run({content("a") + finish("length") + done}).out ==
        says(R"("content":"a")") + last("length", "0,0"));
  CHECK(run({done}).out == last("stop", "0,0"));
}

TEST_CASE("ollama lines: a generate answer says it as a response") {
  const auto r = run({all}, Call::generate);
  CHECK(r.out == head + R"("response":"Hé","done":false})" + "\n" + head +
                     R"("response":"llo","done":false})" + "\n" +
                     last("stop", "7,3", R"("response":"")"));
  CHECK_FALSE(run({opens(0, "c", "f", "{}") + finish("stop")}, Call::generate).ok);
}

TEST_CASE("ollama lines: reasoning where it is wanted, and llama.cpp's durations") {
  const std::string thinks = chunk(R"({"reasoning_content":"hm"})") + content("a");
  CHECK(run({thinks + finish("stop") + usage}).out ==
        says(R"("content":"","thinking":"hm")") + says(R"("content":"a")") + last());
  CHECK(run({thinks + finish("stop") + usage}, Call::chat, false).out ==
        says(R"("content":"a")") + last());
  const auto timed = run({content("a") + finish("stop") +
                          data(R"({"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3},)"
                               R"("timings":{"prompt_ms":1.5,"predicted_ms":2.5}})")});
  CHECK(timed.out.ends_with(R"("total_duration":4000000,"load_duration":0,"prompt_eval_count":7,)"
                            R"("prompt_eval_duration":1500000,"eval_count":3,)"
                            R"("eval_duration":2500000})"
                            "\n"));
}

TEST_CASE("ollama lines: tool calls leave whole, in one line before the last") {
  const std::string calls = opens(0, "c0", "f") + goes_on(0, R"({\"a\":)") +
                            opens(1, "c1", "g", "") + goes_on(0, "1}") + finish("tool_calls");
  CHECK(run({calls + usage}).out ==
        says(R"("content":"","tool_calls":[{"id":"c0","function":{"index":0,"name":"f",)"
             R"("arguments":{"a":1}}},{"id":"c1","function":{"index":1,"name":"g",)"
             R"("arguments":{}}}])") +
            last());
  CHECK(run({opens(0, "c", "f", "{") + finish("length") + usage}).out == last("length"));
  CHECK_FALSE(run({opens(0, "c", "f", "{") + finish("tool_calls") + usage}).ok);
  CHECK_FALSE(run({chunk(R"({"tool_calls":[{"index":0}]})")}).ok);
  CHECK_FALSE(run({opens(0, "c", "f", "") + goes_on(0, std::string(200, '1')) +
                   goes_on(0, std::string(200, '1'))},
                  Call::chat, true, 350)
                  .ok);
}

TEST_CASE("ollama lines: split at every byte the answer is the same, cut off it is a failure") {
  const std::string mixed =
      role + content("é漢😀") + opens(0, "c1", "f", "{}") + finish("tool_calls") + usage + done;
  const auto whole = run({mixed});
  CHECK(whole.ok);
  CHECK(run(bytes_of(mixed)).out == whole.out);
  for (std::size_t cut = 0; cut <= mixed.size(); ++cut)
    CHECK(run({mixed.substr(0, cut), mixed.substr(cut)}).out == whole.out);
  const auto told = (role + content("Hé") + content("llo") + finish("stop")).size() - 2;
  for (std::size_t cut = 0; cut < told; ++cut) CHECK_FALSE(run({all.substr(0, cut)}).ok);
}

TEST_CASE("ollama lines: an engine's error is a line, nonsense fails") {
  const auto r = run({content("a") + data(R"({"error":{"message":"boom"}})")});
  CHECK_FALSE(r.ok);
  CHECK(r.forwarded);
  CHECK(r.out == says(R"("content":"a")") + R"({"error":"boom"})" + "\n");
  for (const std::string bad : {"x", "[]", "1"}) CHECK_FALSE(run({data(bad)}).ok);
}
