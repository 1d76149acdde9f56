// Anthropic's requests as OpenAI's: the whole way from body to body.
#include "schema/dialect/anthropic.hpp"

#include "tests/schema/dialect/refusal.hpp"

#include <doctest/doctest.h>
#include <string>

namespace {

using namespace weir;
using namespace weir::test;
using namespace weir::dialect;
using anthropic::Call;

const std::string hi = R"("messages":[{"role":"user","content":"hi"}])";

std::string request(const std::string& more) {
  return R"({"model":"m","max_tokens":9,)" + more + (more.empty() ? "" : ",") + hi + "}";
}
std::string turn(const std::string& role, const std::string& blocks) {
  return R"({"model":"m","max_tokens":9,"messages":[{"role":")" + role + R"(","content":[)" +
         blocks + "]}]}";
}

const WriteRules own{.model = "m", .cloud = false, .output_tokens_default = 0};

std::string translated(const std::string& body) {
  auto reading = anthropic::read_chat(body);
  REQUIRE_MESSAGE(reading.request,
                  body << ": " << reading.refused.param << " " << reading.refused.error.detail);
  const auto rendering = openai::write_chat(std::move(*reading.request), own);
  REQUIRE_MESSAGE(rendering.body, rendering.refused.param);
  CHECK(openai::inspect(Endpoint::chat_completions, *rendering.body).facts);
  return *rendering.body;
}
std::string out(const std::string& messages, const std::string& more = R"("max_tokens":9)") {
  return R"({"model":"m","messages":[)" + messages + "]," + more + "}";
}
std::string added(const std::string& more) {
  const auto text = translated(request(more));
  const std::string head = R"({"model":"m","messages":[{"role":"user","content":"hi"}],)";
  REQUIRE(text.starts_with(head));
  return text.substr(head.size(), text.size() - head.size() - 1);
}

Refusal refusal(const std::string& body, Call call = Call::messages) {
  return refusal_of(anthropic::read_chat(body, call));
}

}  // namespace

TEST_CASE("anthropic read: a short request, its strings as strings") {
  CHECK(translated(request("")) == out(R"({"role":"user","content":"hi"})"));
}

TEST_CASE("anthropic read: the system prompt comes first, as a text or as several") {
  CHECK(translated(R"({"messages":[{"role":"user","content":"hi"}],"model":"m","max_tokens":9,)"
                   R"("system":"be kind"})") ==
        out(R"({"role":"system","content":"be kind"},{"role":"user","content":"hi"})"));
  CHECK(
      translated(request(R"("system":[{"type":"text","text":"a","cache_control":{"type":)"
                         R"("ephemeral"}},{"type":"text","text":"b"}])")) ==
      out(R"({"role":"system","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},)"
          R"({"role":"user","content":"hi"})"));
  CHECK(translated(request(R"("system":"")")) == translated(request("")));
}

TEST_CASE("anthropic read: images, by value and by address") {
  CHECK(translated(turn("user",
                        R"({"type":"text","text":"see"},{"type":"image","source":{"type":"base64",)"
                        R"("media_type":"image/png","data":"aGk="}},)"
                        R"({"type":"image","source":{"type":"url","url":"https://x/y"}})")) ==
        out(R"({"role":"user","content":[{"type":"text","text":"see"},{"type":"image_url",)"
            R"("image_url":{"url":"data:image/png;base64,aGk="}},)"
            R"({"type":"image_url","image_url":{"url":"https://x/y"}}]})"));
}

TEST_CASE("anthropic read: the facts that the gateway needs follow from the translated body") {
  const auto body = translated(
      R"({"model":"m","max_tokens":9,"stream":true,"metadata":{"data_grade":"p1"},"tools":[)"
      R"({"name":"f","input_schema":{}}],"messages":[{"role":"user","content":[)"
      R"({"type":"image","source":{"type":"url","url":"https://x/y"}}]}]})");
  const auto facts = *openai::inspect(Endpoint::chat_completions, body).facts;
  CHECK(facts.model == "m");
  CHECK(facts.stream);
  CHECK(facts.grade == Grade::p1);
  CHECK(facts.needs == (feature::tools | feature::vision));
  CHECK(facts.output_tokens_max == 9);
}

TEST_CASE("anthropic read: tool_use and tool_result become tool calls and tool messages") {
  CHECK(translated(
            R"({"model":"m","max_tokens":9,"messages":[{"role":"assistant","content":[)"
            R"({"type":"text","text":"t"},{"type":"tool_use","id":"c1","name":"f",)"
            R"("input":{ "a" : "\u00e9" },"caller":{"type":"direct"}}]},)"
            R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":"r"},)"
            R"({"type":"tool_result","tool_use_id":"c2","is_error":true,"content":[)"
            R"({"type":"text","text":"no"},{"type":"text","text":"go"}]},)"
            R"({"type":"tool_result","tool_use_id":"c3","is_error":true},)"
            R"({"type":"text","text":"and"}]}]})") ==
        out(R"({"role":"assistant","content":"t","tool_calls":[{"id":"c1","type":"function",)"
            R"("function":{"name":"f","arguments":"{\"a\":\"é\"}"}}]},)"
            R"({"role":"tool","tool_call_id":"c1","content":"r"},)"
            R"({"role":"tool","tool_call_id":"c2","content":[{"type":"text","text":"Error: no"},)"
            R"({"type":"text","text":"go"}]},)"
            R"({"role":"tool","tool_call_id":"c3","content":"Error"},)"
            R"({"role":"user","content":"and"})"));
}

TEST_CASE("anthropic read: an image in a tool's answer cannot be told to OpenAI's dialect") {
  auto reading = anthropic::read_chat(
      turn("user", R"({"type":"tool_result","tool_use_id":"c","content":[{"type":"image",)"
                   R"("source":{"type":"url","url":"https://x/y"}}]})"));
  REQUIRE(reading.request);
  CHECK(openai::write_chat(*reading.request, own).refused.error.code == Code::not_supported);
  CHECK(anthropic::write_chat(*reading.request, {"c"}).body);
}

TEST_CASE("anthropic read: reasoning of earlier answers is told as reasoning_content") {
  CHECK(translated(turn("assistant",
                        R"({"type":"thinking","thinking":"hm","signature":"s"},)"
                        R"({"type":"redacted_thinking","data":"x"},{"type":"text","text":"a"})")) ==
        out(R"({"role":"assistant","content":"a","reasoning_content":"hm"})"));
}

TEST_CASE("anthropic read: a document of plain text is a text, other documents are refused") {
  CHECK(translated(turn("user", R"({"type":"document","title":"t","source":{"type":"text",)"
                                R"("media_type":"text/plain","data":"body"}})")) ==
        out(R"({"role":"user","content":"body"})"));
  CHECK(refusal(turn("user", R"({"type":"document","source":{"type":"base64",)"
                             R"("media_type":"application/pdf","data":"aGk="}})")) ==
        unsupported("messages[0].content[0].source.type"));
}

TEST_CASE("anthropic read: sampling, stops, user, tools and their choice under OpenAI's names") {
  CHECK(added(R"("temperature":0.70,"top_p":1,"top_k":40,"stop_sequences":["a","b"],)"
              R"("metadata":{"user_id":"u"},"stream":true,"service_tier":"auto",)"
              R"("cache_control":{"type":"ephemeral"},"thinking":{"type":"disabled"})") ==
        R"("temperature":0.70,"top_p":1,"top_k":40,"stop":["a","b"],"max_tokens":9,"stream":true,)"
        R"("stream_options":{"include_usage":true},"user":"u")");
  const std::string tools =
      R"("tools":[{"name":"f","description":"d","input_schema":{"type":"object"},"strict":true},)"
      R"({"type":"custom","name":"g","input_schema":{},"cache_control":null}],"tool_choice":)";
  const std::string said =
      R"("max_tokens":9,"tools":[{"type":"function","function":{"name":"f","description":"d",)"
      R"("parameters":{"type":"object"},"strict":true}},)"
      R"({"type":"function","function":{"name":"g","parameters":{}}}])";
  CHECK(added(tools + R"({"type":"auto"})") == said + R"(,"tool_choice":"auto")");
  CHECK(added(tools + R"({"type":"none"})") == said + R"(,"tool_choice":"none")");
  CHECK(added(tools + R"({"type":"any","disable_parallel_tool_use":true})") ==
        said + R"(,"parallel_tool_calls":false,"tool_choice":"required")");
  CHECK(added(tools + R"({"type":"tool","name":"g"})") ==
        said + R"(,"tool_choice":{"type":"function","function":{"name":"g"}})");
}

TEST_CASE("anthropic read: required fields are named when they are missing or wrong") {
  CHECK(refusal("{}") == invalid("model"));
  CHECK(refusal(R"({"model":"m","max_tokens":1})") == invalid("messages"));
  CHECK(refusal(R"({"model":"m",)" + hi + "}") == invalid("max_tokens"));
  CHECK(refusal(R"({"model":"m",)" + hi + "}", Call::count_tokens) == Refusal{});
  CHECK(refusal(R"({"model":"m","max_tokens":1,"messages":"hello"})") == invalid("messages"));
  CHECK(refusal(R"({"model":"m","max_tokens":1,"messages":[]})") == invalid("messages"));
  for (const char* limit : {"0", "-1", "1.5", "\"9\"", "4294967296"})
    CHECK(refusal(R"({"model":"m","max_tokens":)" + std::string{limit} + "," + hi + "}") ==
          invalid("max_tokens"));
  for (const std::string model : {"\"\"", "7", "\"a\\nb\""})
    CHECK(refusal(R"({"max_tokens":1,"model":)" + model + "," + hi + "}") == invalid("model"));
  CHECK(refusal(R"({"max_tokens":1,"model":")" + std::string(257, 'm') + "\"," + hi + "}") ==
        invalid("model"));
}

TEST_CASE("anthropic read: fields of the wrong type or range are refused by name") {
  CHECK(refusal(request(R"("temperature":1.1)")) == invalid("temperature"));
  CHECK(refusal(request(R"("top_p":-1)")) == invalid("top_p"));
  CHECK(refusal(request(R"("top_k":"4")")) == invalid("top_k"));
  CHECK(refusal(request(R"("stream":1)")) == invalid("stream"));
  CHECK(refusal(request(R"("stop_sequences":"x")")) == invalid("stop_sequences"));
  CHECK(refusal(request(R"("stop_sequences":[""])")) == invalid("stop_sequences[0]"));
  CHECK(refusal(request(R"("system":7)")) == invalid("system"));
  CHECK(refusal(request(R"("thinking":{"type":"deep"})")) == invalid("thinking.type"));
  CHECK(refusal(request(R"("tool_choice":{"type":"any"})")) == invalid("tool_choice"));
  CHECK(refusal(request(R"("tools":[{"name":"f"}])")) == invalid("tools[0].input_schema"));
  CHECK(refusal(request(R"("tools":[{"input_schema":{}}])")) == invalid("tools[0].name"));
  for (const char* grade : {"\"P3\"", "1", "[]"})
    CHECK(refusal(request(R"("metadata":{"data_grade":)" + std::string{grade} + "}")) ==
          Refusal{Code::invalid_grade, "metadata.data_grade"});
}

TEST_CASE("anthropic read: a field that Anthropic does not define is refused as its API does") {
  for (const char* field : {"api_base", "base_url", "n", "x", "max_completion_tokens"})
    CHECK(refusal(request('"' + std::string{field} + R"(":1)")) == invalid(field));
  CHECK(refusal(request(R"("messages2":null)")) == Refusal{});
}

TEST_CASE("anthropic read: what has no counterpart is refused at its place") {
  for (const char* field : {"container", "mcp_servers", "output_config", "context_management"})
    CHECK(refusal(request('"' + std::string{field} + R"(":{"a":1})")) == unsupported(field));
  CHECK(refusal(request(R"("tools":[{"type":"web_search_20250305","name":"web_search"}])")) ==
        unsupported("tools[0].type"));
  CHECK(refusal(request(R"("tools":[{"name":"f","input_schema":{},"defer_loading":true}])")) ==
        unsupported("tools[0].defer_loading"));
  for (const char* kind : {"server_tool_use", "search_result", "container_upload", "tool_use"})
    CHECK(refusal(turn("user", R"({"type":")" + std::string{kind} + R"("})")) ==
          unsupported("messages[0].content[0].type"));
  for (const char* kind : {"image", "tool_result", "document"})
    CHECK(refusal(turn("assistant", R"({"type":")" + std::string{kind} + R"("})")) ==
          unsupported("messages[0].content[0].type"));
  CHECK(refusal(turn("user", R"({"type":"text","text":"a","citations":[{}]})")) ==
        unsupported("messages[0].content[0].citations"));
  CHECK(refusal(turn("user", R"({"type":"image","source":{"type":"file","file_id":"f"}})")) ==
        unsupported("messages[0].content[0].source.file_id"));
}

TEST_CASE("anthropic read: blocks that are not whole are refused at their place") {
  const std::string place = "messages[0].content[0]";
  CHECK(refusal(turn("user", "7")) == invalid(place));
  CHECK(refusal(turn("user", "{}")) == invalid(place + ".type"));
  CHECK(refusal(turn("user", R"({"type":"text","text":7})")) == invalid(place + ".text"));
  CHECK(refusal(turn("user", R"({"type":"image"})")) == invalid(place + ".source"));
  CHECK(refusal(turn("user", R"({"type":"image","source":{"type":"url","url":"file:///x"}})")) ==
        invalid(place + ".source.url"));
  CHECK(refusal(turn("user", R"({"type":"tool_result"})")) == invalid(place + ".tool_use_id"));
  CHECK(refusal(turn("assistant", R"({"type":"tool_use","id":"c","name":"f","input":"{}"})")) ==
        invalid(place + ".input"));
  CHECK(refusal(turn("robot", "")) == invalid("messages[0].role"));
  CHECK(refusal(R"({"model":"m","max_tokens":1,"messages":[{"role":"user"}]})") ==
        invalid("messages[0].content"));
}

TEST_CASE("anthropic read: a body is validated as strictly as OpenAI's") {
  const std::string deep = std::string(70, '[') + std::string(70, ']');
  for (const auto& body :
       {std::string{}, std::string{"[]"}, request("") + "x", request(R"("system":"\ud800")"),
        request(R"("model":"n")"), request(R"("m\u006fdel":"n")"), request("\"system\":\"\xFF\""),
        request(R"("tools":)" + deep)})
    CHECK(refusal(body).code == Code::invalid_request);
}
