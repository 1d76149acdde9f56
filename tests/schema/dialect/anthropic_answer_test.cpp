#include "schema/dialect/anthropic.hpp"

#include <doctest/doctest.h>
#include <string>

namespace {

using namespace weir;
using namespace weir::dialect;

const anthropic::AnswerRules rules{
    .model = "mine", .id = "id-1", .created_unix_s = 77, .thinking = true, .stop = {"END"}};

std::string message(const std::string& content, const std::string& stop = "end_turn",
                    const std::string& usage = R"({"input_tokens":3,"output_tokens":5})") {
  return R"({"id":"msg_1","type":"message","role":"assistant","model":"claude","content":[)" +
         content + R"(],"stop_reason":")" + stop + R"(","stop_sequence":null,"usage":)" + usage +
         "}";
}
std::string completion(const std::string& message, const std::string& finish = "stop",
                       const std::string& more = "") {
  return R"({"id":"x","object":"chat.completion","created":1,"model":"e","choices":[{"index":0,)"
         R"("message":)" +
         message + R"(,"finish_reason":")" + finish + '"' + more +
         R"(}],"usage":{"prompt_tokens":7,"completion_tokens":2,"total_tokens":9}})";
}

std::string to_openai(const std::string& body) {
  const auto translated = anthropic::to_openai(body, rules);
  REQUIRE_MESSAGE(translated, body << ": " << translated.error().detail);
  CHECK(openai::inspect_answer(translated->body).object);
  return translated->body;
}
std::string from_openai(const std::string& body, const anthropic::AnswerRules& r = rules) {
  const auto translated = anthropic::from_openai(body, r);
  REQUIRE_MESSAGE(translated, body << ": " << translated.error().detail);
  return translated->body;
}
bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("anthropic answer: a message of text becomes a chat.completion") {
  CHECK(to_openai(message(R"({"type":"text","text":"Hé "},{"type":"text","text":"llo"})")) ==
        R"({"id":"msg_1","object":"chat.completion","created":77,"model":"mine","choices":[)"
        R"({"index":0,"message":{"role":"assistant","content":"Hé llo"},"logprobs":null,)"
        R"("finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":5,)"
        R"("total_tokens":8,"prompt_tokens_details":{"cached_tokens":0}}})");
}

TEST_CASE("anthropic answer: tool_use becomes tool calls, thinking reasoning_content") {
  CHECK(holds(to_openai(message(R"({"type":"thinking","thinking":"hm","signature":"s"},)"
                                R"({"type":"redacted_thinking","data":"x"},)"
                                R"({"type":"tool_use","id":"t1","name":"f","input":{ "a" : 1.0 }},)"
                                R"({"type":"unheard_of","x":1})",
                                "tool_use")),
              R"("message":{"role":"assistant","content":null,"reasoning_content":"hm",)"
              R"("tool_calls":[{"id":"t1","type":"function","function":{"name":"f",)"
              R"("arguments":"{\"a\":1.0}"}}]},"logprobs":null,"finish_reason":"tool_calls")"));
}

TEST_CASE("anthropic answer: every stop_reason has its finish_reason") {
  const std::pair<const char*, const char*> table[] = {
      {"end_turn", "stop"},          {"stop_sequence", "stop"},
      {"pause_turn", "stop"},        {"max_tokens", "length"},
      {"tool_use", "tool_calls"},    {"model_context_window_exceeded", "length"},
      {"refusal", "content_filter"}, {"something_new", "stop"}};
  for (const auto& [stop, finish] : table)
    CHECK(holds(to_openai(message("", stop)), R"("finish_reason":")" + std::string{finish} + '"'));
}

TEST_CASE("anthropic answer: prompt tokens count what a cache gave and took") {
  const auto body =
      message("", "end_turn",
              R"({"input_tokens":3,"cache_creation_input_tokens":10,"cache_read_input_tokens":100,)"
              R"("output_tokens":5})");
  CHECK(holds(to_openai(body),
              R"("usage":{"prompt_tokens":113,"completion_tokens":5,)"
              R"("total_tokens":118,"prompt_tokens_details":{"cached_tokens":100}})"));
  const auto usage = anthropic::to_openai(body, rules)->usage;
  REQUIRE(usage);
  CHECK((usage->prompt == Tokens{113} && usage->completion == Tokens{5}));
}

TEST_CASE("anthropic answer: counts that are none are not believed") {
  for (const char* usage :
       {"null", "{}", "[]", R"({"input_tokens":-1})", R"({"output_tokens":"5"})",
        R"({"input_tokens":1e3})", R"({"input_tokens":9999999999999})"})
    CHECK_FALSE(anthropic::to_openai(message("", "end_turn", usage), rules)->usage);
}

TEST_CASE("anthropic answer: what is not one whole message is the engine's failure") {
  for (const auto& body :
       {std::string{}, std::string{"[]"}, std::string{"{}"}, message("") + "x", message("7"),
        message(R"({"type":"text"})"), message(R"({"type":"text","text":7})"),
        message(R"({"type":"tool_use","id":"t","name":"f"})"),
        message(R"({"type":"tool_use","id":"t","name":"f","input":[]})"),
        message(R"({"type":"tool_use","name":"f","input":{}})"),
        std::string{R"({"type":"error","error":{"type":"api_error","message":"m"}})"},
        std::string{R"({"type":"message","content":"x"})"},
        std::string{R"({"type":"message","type":"message","content":[]})"}}) {
    const auto translated = anthropic::to_openai(body, rules);
    REQUIRE_MESSAGE(!translated, body);
    CHECK(translated.error().code == Code::upstream_failed);
  }
}

TEST_CASE("anthropic answer: a chat.completion becomes a message") {
  CHECK(from_openai(completion(R"({"role":"assistant","content":"Hé","refusal":null})")) ==
        R"({"id":"id-1","type":"message","role":"assistant","model":"mine",)"
        R"("content":[{"type":"text","text":"Hé"}],"stop_reason":"end_turn","stop_sequence":null,)"
        R"("usage":{"input_tokens":7,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,)"
        R"("output_tokens":2}})");
}

TEST_CASE("anthropic answer: tool calls become tool_use, an engine's word for the end besides") {
  const std::string calls =
      R"({"content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f",)"
      R"("arguments":"{ \"a\": 1.0 }"}},{"id":"c2","function":{"name":"g","arguments":""}}]})";
  const std::string blocks =
      R"("content":[{"type":"tool_use","id":"c1","name":"f","input":{"a":1.0}},)"
      R"({"type":"tool_use","id":"c2","name":"g","input":{}}],"stop_reason":"tool_use")";
  CHECK(holds(from_openai(completion(calls, "tool_calls")), blocks));
  CHECK(holds(from_openai(completion(calls, "stop")), blocks));
}

TEST_CASE("anthropic answer: every finish_reason has its stop_reason") {
  const std::pair<const char*, const char*> table[] = {
      {"stop", "end_turn"},       {"length", "max_tokens"},      {"content_filter", "refusal"},
      {"tool_calls", "tool_use"}, {"function_call", "tool_use"}, {"eos", "end_turn"}};
  for (const auto& [finish, stop] : table)
    CHECK(holds(from_openai(completion(R"({"content":"x"})", finish)),
                R"("stop_reason":")" + std::string{stop} + '"'));
}

TEST_CASE("anthropic answer: the stop sequence is named where the engine names it") {
  const auto end = [](const std::string& met) {
    return from_openai(completion(R"({"content":"x"})", "stop", R"(,"stop_reason":)" + met));
  };
  CHECK(holds(end("\"END\""), R"("stop_reason":"stop_sequence","stop_sequence":"END")"));
  for (const char* other : {"\"other\"", "128001", "null"})
    CHECK(holds(end(other), R"("stop_reason":"end_turn","stop_sequence":null)"));
}

TEST_CASE("anthropic answer: reasoning is shown to those who asked for it") {
  for (const std::string key : {"reasoning_content", "reasoning"}) {
    const auto body = completion(R"({"content":"x",")" + key + R"(":"hm"})");
    CHECK(holds(from_openai(body), R"("content":[{"type":"thinking","thinking":"hm",)"
                                   R"("signature":""},{"type":"text","text":"x"}])"));
    auto plain = rules;
    plain.thinking = false;
    CHECK(holds(from_openai(body, plain), R"("content":[{"type":"text","text":"x"}])"));
  }
}

TEST_CASE("anthropic answer: cached input is counted apart") {
  CHECK(holds(from_openai(R"({"choices":[{"message":{"content":""}}],"usage":{"prompt_tokens":9,)"
                          R"("completion_tokens":1,"prompt_tokens_details":{"cached_tokens":4}}})"),
              R"("content":[],"stop_reason":"end_turn","stop_sequence":null,"usage":{)"
              R"("input_tokens":5,"cache_creation_input_tokens":0,"cache_read_input_tokens":4,)"
              R"("output_tokens":1})"));
}

TEST_CASE(
    "anthropic answer: a tool call that the limit cut short is left out, else it is a failure") {
  const std::string cut =
      R"({"content":"x","tool_calls":[{"id":"c","function":{"name":"f","arguments":"{\"a\":"}}]})";
  CHECK(holds(from_openai(completion(cut, "length")),
              R"("content":[{"type":"text","text":"x"}],"stop_reason":"max_tokens")"));
  CHECK_FALSE(anthropic::from_openai(completion(cut, "tool_calls"), rules));
}

TEST_CASE("anthropic answer: what is not one whole completion is the engine's failure") {
  for (const auto& body :
       {std::string{}, std::string{"{}"}, std::string{R"({"choices":[]})"},
        std::string{R"({"choices":[{}]})"}, std::string{R"({"choices":[{"message":"x"}]})"},
        completion(R"({"tool_calls":"x"})"), completion(R"({"tool_calls":[{"id":"c"}]})"),
        completion(R"({"tool_calls":[{"function":{"name":"f"}}]})"),
        completion(R"({"tool_calls":[{"id":"c","function":{"name":"f","arguments":"[]"}}]})")}) {
    const auto translated = anthropic::from_openai(body, rules);
    REQUIRE_MESSAGE(!translated, body);
    CHECK(translated.error().code == Code::upstream_failed);
  }
}

TEST_CASE("anthropic answer: for its own clients a message is renamed and nothing else changes") {
  const auto was =
      message(R"({ "type":"text", "text":"H\u00e9 \"model\"" },{"type":"new","x":1.0})");
  const auto made = anthropic::renamed(was, "my \"one\"");
  REQUIRE(made);
  auto expected = was;
  expected.replace(expected.find(R"("claude")"), 8, R"("my \"one\"")");
  CHECK(made->body == expected);
  REQUIRE(made->usage);
  CHECK((made->usage->prompt == Tokens{3} && made->usage->completion == Tokens{5}));
  for (const char* bad : {"", "[]", "{}", R"({"type":"error","error":{}})",
                          R"({"type":"message","model":"m"})", R"({"type":"message","content":1})"})
    CHECK_FALSE(anthropic::renamed(bad, "m"));
}

TEST_CASE("anthropic answer: a stop sequence that the engine names is the stop_reason") {
  const auto made = anthropic::renamed(
      R"({"type":"message","model":"m","content":[],"stop_reason":"end_turn","stop_sequence":"x"})",
      "m");
  REQUIRE(made);
  CHECK(made->body.find(R"("stop_reason":"stop_sequence","stop_sequence":"x")") !=
        std::string::npos);
}
