#include "schema/dialect/responses.hpp"

#include <doctest/doctest.h>
#include <string>

namespace {

using namespace weir;
using namespace weir::dialect;

const responses::AnswerRules rules{.model = "mine", .id = "resp_7", .created_unix_s = 77};

std::string completion(const std::string& message, const std::string& finish = "stop") {
  return R"({"id":"x","object":"chat.completion","created":1,"model":"e","choices":[{"index":0,)"
         R"("message":)" +
         message + R"(,"finish_reason":")" + finish +
         R"("}],"usage":{"prompt_tokens":7,"completion_tokens":2,"total_tokens":9,)"
         R"("prompt_tokens_details":{"cached_tokens":3},)"
         R"("completion_tokens_details":{"reasoning_tokens":1}}})";
}
std::string answer(const std::string& body, const responses::AnswerRules& r = rules) {
  const auto translated = responses::from_openai(body, r);
  REQUIRE_MESSAGE(translated, translated.error().detail);
  REQUIRE(translated->usage);
  CHECK(translated->usage->prompt.count() == 7);
  CHECK(translated->usage->completion.count() == 2);
  return translated->body;
}
bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("responses answer: a text becomes a whole Response") {
  CHECK(answer(completion(R"({"role":"assistant","content":"Hé"})")) ==
        R"({"id":"resp_7","object":"response","created_at":77,"status":"completed",)"
        R"("background":false,"error":null,"incomplete_details":null,"instructions":null,)"
        R"("model":"mine","output":[{"id":"msg_7_0","type":"message","status":"completed",)"
        R"("role":"assistant","content":[{"type":"output_text","text":"Hé","annotations":[],)"
        R"("logprobs":[]}]}],"previous_response_id":null,"store":false,"usage":{"input_tokens":7,)"
        R"("input_tokens_details":{"cached_tokens":3,"cache_write_tokens":0},"output_tokens":2,)"
        R"("output_tokens_details":{"reasoning_tokens":1},"total_tokens":9},)"
        R"("max_output_tokens":null,"metadata":{},"parallel_tool_calls":true,)"
        R"("reasoning":{"effort":null,"summary":null},"temperature":null,)"
        R"("text":{"format":{"type":"text"}},"tool_choice":"auto","tools":[],"top_p":null,)"
        R"("truncation":"disabled","user":null})");
}

TEST_CASE("responses answer: calls and refusals are told, reasoning is not") {
  const auto said = answer(
      completion(R"({"role":"assistant","content":"t","reasoning_content":"secret","tool_calls":[)"
                 R"({"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},)"
                 R"({"type":"function","function":{"name":"g","arguments":""}}]})",
                 "tool_calls"));
  CHECK(holds(said, R"("status":"completed")"));
  CHECK(holds(said, R"({"id":"fc_7_1","type":"function_call","status":"completed","call_id":"c1",)"
                    R"("name":"f","arguments":"{\"a\":1}"},{"id":"fc_7_2","type":"function_call",)"
                    R"("status":"completed","call_id":"call_7_2","name":"g","arguments":"{}"}])"));
  CHECK_FALSE(holds(said, "secret"));
  const auto silent = answer(completion(
      R"({"content":null,"tool_calls":[{"id":"c","function":{"name":"f","arguments":"{}"}}]})"));
  CHECK_FALSE(holds(silent, R"("type":"message")"));
  CHECK(holds(answer(completion(R"({"content":null,"refusal":"no"})")),
              R"("content":[{"type":"refusal","refusal":"no"}])"));
}

TEST_CASE("responses answer: a limit or a filter makes it incomplete") {
  const auto cut = answer(completion(R"({"content":""})", "length"));
  CHECK(holds(cut, R"("status":"incomplete","background":false,"error":null,)"
                   R"("incomplete_details":{"reason":"max_output_tokens"})"));
  CHECK(holds(cut, R"("content":[{"type":"output_text","text":"")"));
  CHECK(holds(answer(completion(R"({"content":"a"})", "content_filter")),
              R"("incomplete_details":{"reason":"content_filter"})"));
}

TEST_CASE("responses answer: it repeats what the request says, but for the prompt") {
  auto echoing = rules;
  echoing.echo = responses::echo_of(R"({"model":"m","input":"secret","instructions":"secret",
      "tools":[ {"type":"function", "name":"f"} ],"tool_choice":"none","temperature":0.10,
      "metadata":{"k":"v"},"store":true,"user":null,"prompt_cache_key":"pk"})");
  const auto said = answer(completion(R"({"content":"a"})"), echoing);
  for (const char* part : {R"("tools":[{"type":"function","name":"f"}])", R"("tool_choice":"none")",
                           R"("temperature":0.10)", R"("metadata":{"k":"v"})",
                           R"("prompt_cache_key":"pk")", R"("user":null)", R"("store":false)"})
    CHECK_MESSAGE(holds(said, part), part);
  CHECK_FALSE(holds(said, "secret"));
  CHECK(json::parse(said).value);
  CHECK(responses::echo_of("nonsense").empty());
}

TEST_CASE("responses answer: nonsense is an upstream failure") {
  for (const char* body :
       {"", "[]", "{}", R"({"choices":[]})", R"({"choices":[{}]})",
        R"({"choices":[{"message":"x"}]})", R"({"choices":[{"message":{"tool_calls":{}}}]})",
        R"({"choices":[{"message":{"tool_calls":[{}]}}]})"}) {
    const auto translated = responses::from_openai(body, rules);
    REQUIRE_FALSE(translated);
    CHECK(translated.error().code == Code::upstream_failed);
  }
}

TEST_CASE("responses answer: an error event") {
  CHECK(responses::error_event({Code::upstream_failed, "a\"b"}, 3) ==
        R"({"type":"error","sequence_number":3,"code":"upstream_failed","message":"a\"b",)"
        R"("param":null,"error":{"message":"a\"b","type":"server_error","param":null,)"
        R"("code":"upstream_failed"}})");
}
