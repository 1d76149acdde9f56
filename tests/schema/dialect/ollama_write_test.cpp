#include "schema/dialect/ollama.hpp"

#include <doctest/doctest.h>
#include <string>

namespace {

using namespace weir;
using namespace weir::dialect;

Rendering render(const std::string& chat, std::uint32_t tokens = 0, std::size_t bytes = 1U << 20U) {
  auto reading = openai::read_chat(chat);
  REQUIRE_MESSAGE(reading.request, reading.refused.param);
  return ollama::write_chat(
      std::move(*reading.request),
      {.model = "e", .cloud = false, .output_tokens_default = tokens, .body_bytes_max = bytes});
}
std::string chat_of(const std::string& messages, const std::string& more = "") {
  return R"({"model":"m","messages":[)" + messages + "]" + (more.empty() ? "" : "," + more) + "}";
}
const std::string user = R"({"role":"user","content":"hi"})";
/// What is written, behind the model and the stream.
std::string written(const std::string& messages, const std::string& more = "") {
  const auto out = render(chat_of(messages, more));
  REQUIRE_MESSAGE(out.body, out.refused.param << " " << out.refused.error.detail);
  constexpr std::string_view head =
      R"({"model":"e","stream":false,"truncate":false,"shift":false,"messages":)";
  REQUIRE(out.body->starts_with(head));
  return out.body->substr(head.size());
}
std::string with(const std::string& more) { return written(user, more); }
void refused(const std::string& messages, const std::string& more, const std::string& param,
             Code code = Code::not_supported) {
  const auto out = render(chat_of(messages, more));
  REQUIRE_FALSE(out.body);
  CHECK(out.refused.param == param);
  CHECK(out.refused.error.code == code);
}
const std::string hi = R"([{"role":"user","content":"hi"}])";
const std::string tools =
    R"("tools":[{"type":"function","function":{"name":"f","description":"d","strict":true,)"
    R"("parameters":{"properties":{}}}},{"type":"function","function":{"name":"g"}}])";
const std::string tools_there =
    R"(,"tools":[{"type":"function","function":{"name":"f","description":"d",)"
    R"("parameters":{"properties":{},"type":"object"}}},{"type":"function","function":{"name":"g",)"
    R"("parameters":{"type":"object","properties":{}}}}])";

}  // namespace

TEST_CASE("ollama write: options, format and reasoning") {
  CHECK(with("") == hi + "}");
  CHECK(render(chat_of(user, R"("stream":true)")).body ==
        R"({"model":"e","stream":true,"truncate":false,"shift":false,"messages":)" + hi + "}");
  CHECK(with(R"("temperature":0.50,"top_p":1,"top_k":4,"seed":7,"presence_penalty":1,)"
             R"("frequency_penalty":2,"stop":["a"],"max_tokens":9)") ==
        hi + R"(,"options":{"num_predict":9,"temperature":0.50,"top_p":1,"top_k":4,"seed":7,)"
             R"("presence_penalty":1,"frequency_penalty":2,"stop":["a"]}})");
  CHECK(with(R"("response_format":{"type":"json_object"})") == hi + R"(,"format":"json"})");
  CHECK(with(R"("response_format":{"type":"json_schema","json_schema":{"name":"n","schema":)"
             R"({"type":"object"}}})") == hi + R"(,"format":{"type":"object"}})");
  CHECK(with(R"("reasoning_effort":"low")") == hi + R"(,"think":"low"})");
  CHECK(with(R"("reasoning_effort":"none")") == hi + R"(,"think":false})");
  CHECK(with(R"("user":"u","prompt_cache_key":"k","safety_identifier":"s")") == hi + "}");
  const auto limited = render(chat_of(user), 12);
  CHECK(limited.output_tokens_max == 12);
  CHECK(limited.body->find(R"("num_predict":12)") != std::string::npos);
}

TEST_CASE("ollama write: what Ollama's own clients asked for comes back as it was") {
  auto reading = ollama::read_chat(
      R"({"model":"m","messages":[{"role":"user","content":"hi"}],"think":true,"stream":false,)"
      R"("options":{"min_p":0.05,"repeat_penalty":1.1,"repeat_last_n":3}})");
  REQUIRE(reading.request);
  const auto out = ollama::write_chat(std::move(*reading.request),
                                      {.model = "e", .cloud = false, .output_tokens_default = 0});
  CHECK(out.body == R"({"model":"e","stream":false,"truncate":false,"shift":false,"messages":)" +
                        hi +
                        R"(,"options":{"min_p":0.05,"repeat_penalty":1.1,"repeat_last_n":3},)"
                        R"("think":true})");
}

TEST_CASE("ollama write: messages, images, calls and their answers") {
  CHECK(written(R"({"role":"developer","content":"d"},{"role":"user","content":[)"
                R"({"type":"text","text":"a"},{"type":"image_url","image_url":{"url":)"
                R"("data:image/png;base64,AAAA"}},{"type":"text","text":"b"}]})") ==
        R"([{"role":"system","content":"d"},{"role":"user","content":"a\nb","images":["AAAA"]}]})");
  CHECK(written(R"({"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function",)"
                R"("function":{"name":"f","arguments":"{ \"a\" : 1 }"}}]},)"
                R"({"role":"tool","tool_call_id":"c1","content":"r"})") ==
        R"([{"role":"assistant","content":"","tool_calls":[{"id":"c1","type":"function",)"
        R"("function":{"name":"f","arguments":{"a":1}}}]},{"role":"tool","content":"r",)"
        R"("tool_name":"f","tool_call_id":"c1"}]})");
  CHECK(with(tools) == hi + tools_there + "}");
  CHECK(with(tools + R"(,"tool_choice":"auto")") == hi + tools_there + "}");
  CHECK(with(tools + R"(,"tool_choice":"none")") == hi + "}");
}

TEST_CASE("ollama write: what has no counterpart is refused by name") {
  refused(user, tools + R"(,"tool_choice":"required")", "tool_choice");
  refused(user, tools + R"(,"tool_choice":{"type":"function","function":{"name":"f"}})",
          "tool_choice");
  refused(user, tools + R"(,"parallel_tool_calls":false)", "parallel_tool_calls");
  for (const auto& [field, param] : std::initializer_list<std::pair<const char*, const char*>>{
           {R"("n":2)", "n"},
           {R"("logprobs":true)", "logprobs"},
           {R"("logit_bias":{"1":1})", "logit_bias"},
           {R"("verbosity":"low")", "verbosity"},
           {R"("reasoning_effort":"xhigh")", "reasoning_effort"},
           {R"("response_format":{"type":"grammar"})", "response_format"},
           {R"("response_format":{"type":"json_schema"})", "response_format"}})
    refused(user, field, param);
  refused(user, R"("seed":"x")", "seed", Code::invalid_request);
  refused(R"({"role":"user","name":"bob","content":"hi"})", "", "messages[0].name");
  refused(R"({"role":"user","content":[{"type":"image_url","image_url":{"url":"https://x"}}]})", "",
          "messages[0]");
  refused(R"({"role":"assistant","tool_calls":[{"id":"c","type":"function","function":)"
          R"({"name":"f","arguments":"[1]"}}]})",
          "", "messages[0]", Code::invalid_request);
  CHECK(render(chat_of(user), 0, 10).refused.error.code == Code::body_too_large);
}

TEST_CASE("ollama write: what Ollama alone can say is refused for clouds") {
  const std::string body = R"({"model":"m","messages":[{"role":"user","content":"hi"}],)"
                           R"("options":{"min_p":0.05}})";
  const WriteRules cloud{.model = "e"};
  const auto read = ollama::read_chat(body);
  REQUIRE(read.request);
  CHECK(openai::write_chat(*read.request, cloud).refused.param == "min_p");
  CHECK(anthropic::write_chat(*read.request, cloud).refused.param == "min_p");
}
