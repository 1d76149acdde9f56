#include "schema/dialect/ollama.hpp"

#include <doctest/doctest.h>
#include <string>

namespace {

using namespace weir;
using namespace weir::dialect;

ollama::AnswerRules rules(ollama::Call call = ollama::Call::chat) {
  return {.model = "mine", .id = "id-1", .created_unix_s = 86'400, .call = call, .elapsed = [] {
            return std::int64_t{5'000'000'000};
          }};
}
std::string answer(const std::string& message, const std::string& reason = "stop") {
  return R"({"model":"e","created_at":"x","message":)" + message +
         R"(,"done":true,"done_reason":")" + reason + R"(","prompt_eval_count":7,"eval_count":2})";
}
std::string completion(const std::string& message, const std::string& finish = "stop",
                       const std::string& more = "") {
  return R"({"choices":[{"index":0,"message":)" + message + R"(,"finish_reason":")" + finish +
         R"("}],"usage":{"prompt_tokens":7,"completion_tokens":2})" + more + "}";
}
std::string to_openai(const std::string& body) {
  const auto there = ollama::to_openai(body, rules());
  REQUIRE_MESSAGE(there, there.error().detail);
  CHECK(there->usage->prompt.count() == 7);
  CHECK(openai::inspect_answer(there->body).usage->completion.count() == 2);
  return there->body;
}
std::string from_openai(const std::string& body, const ollama::AnswerRules& r = rules()) {
  const auto there = ollama::from_openai(body, r);
  REQUIRE_MESSAGE(there, there.error().detail);
  CHECK(there->usage->prompt.count() == 7);
  CHECK(ollama::inspect_line(there->body).done);
  return there->body;
}
bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("ollama answer: a chat becomes a chat.completion") {
  CHECK(to_openai(answer(R"({"role":"assistant","content":"Hé","thinking":"hm"})")) ==
        R"({"id":"id-1","object":"chat.completion","created":86400,"model":"mine","choices":[)"
        R"({"index":0,"message":{"role":"assistant","content":"Hé","reasoning_content":"hm"},)"
        R"("logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":7,)"
        R"("completion_tokens":2,"total_tokens":9}})");
  CHECK(holds(to_openai(answer(R"({"content":"a"})", "length")), R"("finish_reason":"length")"));
  CHECK(holds(to_openai(answer(R"({"content":"","tool_calls":[{"function":{"name":"f",)"
                               R"("arguments":{"a":1.0}}},{"id":"x","function":{"name":"g"}}]})")),
              R"("message":{"role":"assistant","content":null,"tool_calls":[)"
              R"({"id":"call_id-1_0","type":"function","function":{"name":"f",)"
              R"("arguments":"{\"a\":1.0}"}},{"id":"x","type":"function","function":{"name":"g",)"
              R"("arguments":"{}"}}]},"logprobs":null,"finish_reason":"tool_calls")"));
  for (const char* body :
       {"", "[]", R"({"done":true})", R"({"done":false,"message":{}})",
        R"({"done":true,"message":1})", R"({"done":true,"message":{"tool_calls":[{}]}})",
        R"({"done":true,"message":{"tool_calls":{}}})",
        R"({"done":true,"message":{"tool_calls":[{"function":{"name":"f",)"
        R"("arguments":"{}"}}]}})"})
    CHECK_FALSE(ollama::to_openai(body, rules()));
}

TEST_CASE("ollama answer: a chat.completion becomes a chat or a generate answer") {
  CHECK(from_openai(completion(R"({"content":"Hé","reasoning_content":"hm"})", "stop",
                               R"(,"timings":{"prompt_ms":1.5,"predicted_ms":2})")) ==
        R"({"model":"mine","created_at":"1970-01-02T00:00:00Z","message":{"role":"assistant",)"
        R"("content":"Hé","thinking":"hm"},"done":true,"done_reason":"stop",)"
        R"("total_duration":5000000000,"load_duration":0,"prompt_eval_count":7,)"
        R"("prompt_eval_duration":1500000,"eval_count":2,"eval_duration":2000000})");
  auto quiet = rules(ollama::Call::generate);
  quiet.thinking = false;
  CHECK(from_openai(completion(R"({"content":"a","reasoning":"hm"})", "length"), quiet) ==
        R"({"model":"mine","created_at":"1970-01-02T00:00:00Z","response":"a","done":true,)"
        R"("done_reason":"length","total_duration":5000000000,"load_duration":0,)"
        R"("prompt_eval_count":7,"eval_count":2})");
  CHECK(holds(from_openai(completion(R"({"content":null,"tool_calls":[{"id":"c","type":"function",)"
                                     R"("function":{"name":"f","arguments":"{\"a\":1}"}}]})",
                                     "tool_calls")),
              R"("message":{"role":"assistant","content":"","tool_calls":[{"id":"c","function":)"
              R"({"index":0,"name":"f","arguments":{"a":1}}}]},"done":true,"done_reason":"stop")"));
  const std::string cut = R"({"tool_calls":[{"id":"c","function":{"name":"f","arguments":"{"}}]})";
  CHECK_FALSE(holds(from_openai(completion(cut, "length")), "tool_calls"));
  CHECK_FALSE(ollama::from_openai(completion(cut, "tool_calls"), rules()));
  CHECK_FALSE(ollama::from_openai(
      completion(R"({"tool_calls":[{"id":"c","function":{"name":"f","arguments":"{}"}}]})"),
      rules(ollama::Call::generate)));
  for (const char* body : {"", "[]", "{}", R"({"choices":[{}]})"})
    CHECK_FALSE(ollama::from_openai(body, rules()));
}

TEST_CASE("ollama answer: an answer for Ollama's own clients keeps its bytes") {
  const auto named = ollama::renamed(R"({ "a": 1, "model" : "e", "eval_count":3 })", "m\"x");
  REQUIRE(named);
  CHECK(named->body == R"({ "a": 1, "model" : "m\"x", "eval_count":3 })");
  CHECK(named->usage->completion.count() == 3);
  CHECK_FALSE(ollama::renamed("[]", "m"));
}

TEST_CASE("ollama answer: errors both ways") {
  const auto error = ollama::error_of(404, R"({"error":"model 'x' not found"})");
  CHECK(error.code == Code::model_not_found);
  CHECK(error.detail == "model 'x' not found");
  CHECK(ollama::error_of(500, R"({"error":"the input length exceeds the context length"})").code ==
        Code::context_length_exceeded);
  CHECK(ollama::error_of(400, R"({"error":"does not support tools"})").code ==
        Code::invalid_request);
  CHECK(ollama::error_of(500, "<html>").detail == "the engine answered with HTTP status 500");
  CHECK(ollama::error_of(500, R"({"error":{"message":"m"}})").detail == "m");
  CHECK(ollama::error_of(500, R"({"error":")" + std::string(9000, 'x') + "\"}").detail.size() ==
        4096);
  CHECK(ollama::error_body({Code::queue_full, "a\"b"}) == R"({"error":"a\"b"})");
  CHECK(ollama::error_body({Code::model_not_found, "no such"}) ==
        R"x({"error":"no such (model not found)"})x");
  CHECK(ollama::error_body({Code::internal, ""}) == R"({"error":"internal"})");
}

TEST_CASE("ollama answer: times as RFC 3339") {
  CHECK(ollama::timestamp(0) == "1970-01-01T00:00:00Z");
  CHECK(ollama::timestamp(1'709'251'199) == "2024-02-29T23:59:59Z");
  CHECK(ollama::timestamp(-5) == "1970-01-01T00:00:00Z");
  CHECK(ollama::timestamp(INT64_MAX) == "9999-12-31T23:59:59Z");
}

TEST_CASE("ollama embed: requests both ways") {
  const auto there = ollama::embed_to_openai(
      R"({"model":"m","input":["a","b"],"dimensions":8,"truncate":true,"keep_alive":1,)"
      R"("options":{}})",
      "e");
  CHECK(there.body ==
        R"({"model":"e","encoding_format":"float","input":["a","b"],"dimensions":8})");
  const auto back = ollama::embed_to_ollama(
      R"({"model":"m","input":"a","encoding_format":"base64","user":"u"})", "e");
  CHECK(back.body == R"({"model":"e","truncate":false,"input":"a"})");
  const auto param = [](const Rendering& out) { return out.body ? "" : out.refused.param; };
  CHECK(param(ollama::embed_to_openai(R"({"model":"m","input":"a","truncate":false})", "e")) ==
        "truncate");
  CHECK(param(ollama::embed_to_openai(R"({"model":"m","input":[]})", "e")) == "input");
  CHECK(param(ollama::embed_to_openai(R"({"model":"m","input":"a","dimensions":0})", "e")) ==
        "dimensions");
  CHECK(param(ollama::embed_to_openai(R"({"model":"m","input":"a","x":0})", "e")) == "x");
  CHECK(param(ollama::embed_to_ollama(R"({"model":"m","input":[1]})", "e")) == "input");
  CHECK(param(ollama::embed_to_ollama(R"({"model":"m","input":"a","encoding_format":"x"})", "e")) ==
        "encoding_format");
  CHECK(param(ollama::embed_to_ollama(R"({"model":"m"})", "e")) == "input");
}

TEST_CASE("ollama embed: answers both ways, in the order of their indexes") {
  const auto there = ollama::embed_from_openai(
      R"({"data":[{"index":1,"embedding":[3, 4]},{"embedding":[1.5,-2e-3],"index":0}],)"
      R"("usage":{"prompt_tokens":7,"total_tokens":7}})",
      rules());
  REQUIRE(there);
  CHECK(there->body == R"({"model":"mine","embeddings":[[1.5,-2e-3],[3, 4]],)"
                       R"("total_duration":5000000000,"load_duration":0,"prompt_eval_count":7})");
  const auto back = ollama::embed_to_openai_answer(
      R"({"model":"e","embeddings":[[1.5,-2],[0,1]],"prompt_eval_count":7})", rules());
  REQUIRE(back);
  CHECK(back->body ==
        R"({"object":"list","data":[{"object":"embedding","index":0,"embedding":[1.5,-2]},)"
        R"({"object":"embedding","index":1,"embedding":[0,1]}],"model":"mine",)"
        R"("usage":{"prompt_tokens":7,"total_tokens":7}})");
  auto packed = rules();
  packed.base64 = true;
  const auto bytes = ollama::embed_to_openai_answer(
      R"({"embeddings":[[1.5,-2],[1],[ 1 , 2 , 3 ]],"prompt_eval_count":1})", packed);
  REQUIRE(bytes);
  CHECK(holds(bytes->body, R"("embedding":"AADAPwAAAMA=")"));
  CHECK(holds(bytes->body, R"("embedding":"AACAPw==")"));
  CHECK(holds(bytes->body, R"("embedding":"AACAPwAAAEAAAEBA")"));
  for (const char* body :
       {"", "[]", "{}", R"({"data":[]})", R"({"data":[{}]})", R"({"data":[{"embedding":"AAAA"}]})",
        R"({"data":[{"embedding":["a"]}]})", R"({"data":[{"embedding":[1],"index":-1}]})",
        R"({"data":[{"embedding":[1],"index":1}]})", R"({"data":[{"embedding":[1],"index":1e9}]})",
        R"({"data":[{"embedding":[1],"index":999999999}]})",
        R"({"data":[{"embedding":[1],"index":0},{"embedding":[1],"index":0}]})"})
    CHECK_FALSE_MESSAGE(ollama::embed_from_openai(body, rules()), body);
  for (const char* body :
       {"", "{}", R"({"embeddings":[1]})", R"({"embeddings":[["a"]]})", R"({"embeddings":[]})"})
    CHECK_FALSE_MESSAGE(ollama::embed_to_openai_answer(body, rules()), body);
}
