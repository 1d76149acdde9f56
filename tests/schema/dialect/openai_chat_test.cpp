// Chat requests of OpenAI's dialect: what is read, what is refused, and what a cloud is told.
#include "schema/dialect/chat.hpp"

#include "tests/schema/dialect/refusal.hpp"

#include <doctest/doctest.h>
#include <string>

namespace {

using namespace weir;
using namespace weir::test;
using namespace weir::dialect;

const std::string hi = R"("messages":[{"role":"user","content":"hi"}])";

std::string request(const std::string& more) {
  return R"({"model":"m",)" + more + (more.empty() ? "" : ",") + hi + "}";
}
std::string messages(const std::string& list) {
  return R"({"model":"m","messages":[)" + list + "]}";
}

std::string written(const std::string& body, const WriteRules& rules = {"gpt"}) {
  auto reading = openai::read_chat(body);
  REQUIRE_MESSAGE(reading.request,
                  body << ": " << reading.refused.param << " " << reading.refused.error.detail);
  auto rendering = openai::write_chat(std::move(*reading.request), rules);
  REQUIRE_MESSAGE(rendering.body, body << ": " << rendering.refused.param);
  return *rendering.body;
}

Refusal refusal(const std::string& body) { return refusal_of(openai::read_chat(body)); }

}  // namespace

TEST_CASE("openai chat: a cloud gets its model, the messages and always a token limit") {
  CHECK(written(request("")) ==
        R"({"model":"gpt","messages":[{"role":"user","content":"hi"}],"max_tokens":4096})");
  CHECK(written(request(R"("max_tokens":7)")).ends_with(R"("max_tokens":7})"));
  CHECK(written(request(R"("max_tokens":7,"max_completion_tokens":9)"))
            .ends_with(R"("max_tokens":9})"));
  CHECK(written(request(R"("max_tokens":7)"), {.model = "o", .max_completion_tokens = true})
            .ends_with(R"("max_completion_tokens":7})"));
}

TEST_CASE("openai chat: the bound to reserve is the limit that the body states") {
  auto reading = openai::read_chat(request(R"("max_completion_tokens":11)"));
  CHECK(openai::write_chat(*reading.request, {"gpt"}).output_tokens_max == 11);
  reading.request->output_tokens_max = 0;
  CHECK(openai::write_chat(*reading.request, {.model = "g", .output_tokens_default = 5})
            .output_tokens_max == 5);
}

TEST_CASE("openai chat: a stream always asks for usage") {
  for (const char* asked :
       {R"("stream":true)", R"("stream":true,"stream_options":{"include_usage":false})",
        R"("stream":true,"stream_options":null)"})
    CHECK(written(request(asked))
              .ends_with(R"("stream":true,"stream_options":{"include_usage":true}})"));
  CHECK(refusal(request(R"("stream":true,"stream_options":{"other":1})")) ==
        unsupported("stream_options.other"));
}

TEST_CASE("openai chat: the fields on the list pass, as they were written") {
  const std::string fields =
      R"("temperature":0.70,"top_p":1e-1,"stop":["a","b"],"user":"u-1","seed":3,"n":2,)"
      R"("logprobs":true,"top_logprobs":2,"presence_penalty":0.5,"logit_bias":{"5":-100},)"
      R"("response_format":{"type":"json_object"},"reasoning_effort":"low")";
  CHECK(written(request(fields)) ==
        R"({"model":"gpt","messages":[{"role":"user","content":"hi"}],"temperature":0.70,)"
        R"("top_p":1e-1,"stop":["a","b"],"max_tokens":4096,"user":"u-1","seed":3,"n":2,)"
        R"("logprobs":true,"top_logprobs":2,"presence_penalty":0.5,"logit_bias":{"5":-100},)"
        R"("response_format":{"type":"json_object"},"reasoning_effort":"low"})");
}

TEST_CASE("openai chat: fields that say what their absence says are left out") {
  CHECK(written(request(R"("n":1,"logprobs":false,"frequency_penalty":0.0,"logit_bias":{},)"
                        R"("response_format":{"type":"text"},"store":false,"modalities":["text"],)"
                        R"("service_tier":"auto","stop":"","seed":null,"tools":[],"audio":null,)"
                        R"("tool_choice":"none","metadata":{"data_grade":"P2","x":"y"})")) ==
        written(request("")));
}

TEST_CASE("openai chat: a field that is not on the list is refused by name") {
  for (const char* field : {"audio", "prediction", "web_search_options", "functions", "cache_salt",
                            "function_call", "chat_template_kwargs", "grammar", "x"})
    CHECK(refusal(request('"' + std::string{field} + R"(":{"a":1})")) == unsupported(field));
  CHECK(refusal(request(R"("store":true)")) == unsupported("store"));
  CHECK(refusal(request(R"("service_tier":"priority")")) == unsupported("service_tier"));
  CHECK(refusal(request(R"("modalities":["text","audio"])")) == unsupported("modalities"));
  CHECK(refusal(request(R"("api_base":"http://x")")) == invalid("api_base"));
  CHECK(refusal(request('"' + std::string(200, 'k') + R"(":1)")).param.size() == 64);
}

TEST_CASE("openai chat: fields of the wrong type or range are refused by name") {
  for (const char* bad : {"-0.1", "2.1", "\"1\"", "true", "1e400"})
    CHECK(refusal(request(R"("temperature":)" + std::string{bad})) == invalid("temperature"));
  CHECK(refusal(request(R"("top_p":1.1)")) == invalid("top_p"));
  CHECK(refusal(request(R"("stop":[1])")) == invalid("stop[0]"));
  CHECK(refusal(request(R"("stop":{})")) == invalid("stop"));
  CHECK(refusal(request(R"("user":1)")) == invalid("user"));
  CHECK(refusal(request(R"("parallel_tool_calls":1)")) == invalid("parallel_tool_calls"));
  CHECK(refusal(request(R"("tool_choice":"required")")) == invalid("tool_choice"));
  CHECK(refusal(request(R"("tool_choice":"maybe")")) == invalid("tool_choice"));
  CHECK(refusal(request(R"("metadata":{"data_grade":"P9"})")) ==
        Refusal{Code::invalid_grade, "metadata.data_grade"});
}

TEST_CASE("openai chat: every kind of message and part on the list is kept") {
  const std::string list =
      R"({"role":"developer","content":"d"},{"role":"system","name":"s","content":"y"},)"
      R"({"role":"user","content":[{"type":"text","text":"a"},)"
      R"({"type":"image_url","image_url":{"url":"data:image/png;base64,aGk="}},)"
      R"({"type":"image_url","image_url":{"url":"https://x/y.png"}}]},)"
      R"({"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function",)"
      R"("function":{"name":"f","arguments":"{\"a\": 1"}}]},)"
      R"({"role":"tool","tool_call_id":"c1","content":"r"})";
  const auto body = written(messages(list));
  CHECK(body == R"({"model":"gpt","messages":[)" + list.substr(0, list.find(R"("tool_calls")")) +
                    R"("tool_calls":[{"id":"c1","type":"function","function":{"name":"f",)"
                    R"("arguments":"{\"a\": 1"}}]},{"role":"tool","tool_call_id":"c1",)"
                    R"("content":"r"}],"max_tokens":4096})");
}

TEST_CASE("openai chat: an image's detail and the reasoning of earlier answers stay behind") {
  const auto body = written(
      messages(R"({"role":"user","content":[{"type":"image_url","image_url":{"url":"http://x",)"
               R"("detail":"low"}}]},)"
               R"({"role":"assistant","content":"a","refusal":null,"annotations":[],"audio":null,)"
               R"("reasoning_content":"secret","tool_calls":null})"));
  CHECK(body.find("detail") == std::string::npos);
  CHECK(body.find("secret") == std::string::npos);
  CHECK(body.find(R"({"role":"assistant","content":"a"})") != std::string::npos);
}

TEST_CASE("openai chat: content that cannot be translated is refused at its place") {
  const auto user = [](const std::string& part) {
    return refusal(messages(R"({"role":"user","content":[)" + part + "]}"));
  };
  CHECK(user(R"({"type":"input_audio","input_audio":{}})") ==
        unsupported("messages[0].content[0].type"));
  CHECK(user(R"({"type":"file","file":{}})") == unsupported("messages[0].content[0].type"));
  CHECK(user(R"({"type":"text","text":"a","cache_control":{}})") ==
        unsupported("messages[0].content[0].cache_control"));
  CHECK(user(R"({"type":"text","text":7})") == invalid("messages[0].content[0].text"));
  CHECK(user("7") == invalid("messages[0].content[0]"));
  CHECK(user(R"({"text":"a"})") == invalid("messages[0].content[0].type"));
  for (const char* url : {"file:///etc/passwd", "data:text/plain;base64,aGk=", "ftp://x", "",
                          "data:image/png,aGk=", "data:image/png;base64,",
                          "DATA:image/png;base64,a", "data:image/png;base64,a b"})
    CHECK(user(R"({"type":"image_url","image_url":{"url":")" + std::string{url} + R"("}})") ==
          invalid("messages[0].content[0].image_url.url"));
  CHECK(user(R"({"type":"image_url","image_url":"http://x"})") ==
        invalid("messages[0].content[0].image_url"));
}

TEST_CASE("openai chat: messages that no role may hold are refused at their place") {
  const auto one = [](const std::string& message) { return refusal(messages(message)); };
  CHECK(one(R"({"role":"function","content":"x"})") == invalid("messages[0].role"));
  CHECK(one(R"({"role":"user"})") == invalid("messages[0].content"));
  CHECK(one(R"({"role":"user","content":7})") == invalid("messages[0].content"));
  CHECK(one(R"({"role":"user","content":"x","tool_calls":[]})") ==
        invalid("messages[0].tool_calls"));
  CHECK(one(R"({"role":"user","content":"x","tool_call_id":"c"})") ==
        invalid("messages[0].tool_call_id"));
  CHECK(one(R"({"role":"tool","content":"x"})") == invalid("messages[0].tool_call_id"));
  CHECK(one(R"({"role":"assistant","content":"x","function_call":{}})") ==
        unsupported("messages[0].function_call"));
  CHECK(one(R"({"role":"assistant","content":"x","annotations":[{}]})") ==
        unsupported("messages[0].annotations"));
  CHECK(one(R"({"role":"assistant","tool_calls":[{"id":"c","type":"custom"}]})") ==
        unsupported("messages[0].tool_calls[0].type"));
  CHECK(one(R"({"role":"assistant","tool_calls":[{"type":"function","function":{"name":"f"}}]})") ==
        invalid("messages[0].tool_calls[0].id"));
  CHECK(
      one(R"({"role":"system","content":[{"type":"image_url","image_url":{"url":"http://x"}}]})") ==
      unsupported("messages[0].content[0].type"));
}

TEST_CASE("openai chat: tools and their choice pass, other kinds of tools are refused") {
  const std::string tool =
      R"("tools":[{"type":"function","function":{"name":"f","description":"d",)"
      R"("parameters":{"type":"object","x":[1]},"strict":true}},)"
      R"({"type":"function","function":{"name":"g"}}])";
  CHECK(written(request(tool + R"(,"parallel_tool_calls":false,"tool_choice":"required")"))
            .ends_with(tool + R"(,"parallel_tool_calls":false,"tool_choice":"required"})"));
  const std::string named = R"("tool_choice":{"type":"function","function":{"name":"f"}})";
  CHECK(written(request(tool + "," + named)).ends_with(named + "}"));
  CHECK(refusal(request(R"("tools":[{"type":"custom","custom":{}}])")) ==
        unsupported("tools[0].type"));
  CHECK(refusal(request(R"("tools":[{"type":"function"}])")) == invalid("tools[0].function"));
  CHECK(refusal(request(R"("tools":[{"type":"function","function":{"name":""}}])")) ==
        invalid("tools[0].function.name"));
  CHECK(refusal(
            request(R"("tools":[{"type":"function","function":{"name":"f","parameters":[]}}])")) ==
        invalid("tools[0].function.parameters"));
  CHECK(refusal(request(tool + R"(,"tool_choice":{"type":"allowed_tools"})")) ==
        unsupported("tool_choice.type"));
}

TEST_CASE("openai chat: an engine of our own gets the extensions that a cloud does not") {
  auto reading = openai::read_chat(request(R"("top_k":40,"metadata":{"data_grade":"p1"})"));
  REQUIRE(reading.request);
  reading.request->messages.push_back(
      {ChatRole::assistant, "", {ThinkingPart{"hm", "", ""}, TextPart{"a"}}});
  const WriteRules own{.model = "l", .cloud = false, .output_tokens_default = 0};
  CHECK(*openai::write_chat(*reading.request, own).body ==
        R"({"model":"l","messages":[{"role":"user","content":"hi"},{"role":"assistant",)"
        R"("content":"a","reasoning_content":"hm"}],"top_k":40,"metadata":{"data_grade":"P1"}})");
  CHECK(openai::write_chat(*reading.request, {"gpt"}).refused.param == "top_k");
  reading.request->top_k.reset();
  const auto cloud = *openai::write_chat(*reading.request, {"gpt"}).body;
  CHECK(cloud.find("P1") == std::string::npos);
  CHECK(cloud.find("hm") == std::string::npos);
}

TEST_CASE("openai chat: a body is validated as strictly as the gateway validates it") {
  for (const auto& body :
       {std::string{}, std::string{"[]"}, request("") + "x", request(R"("a":"\ud800")"),
        request(R"("model":"n")"), request("\"a\":\"\xFF\""),
        request(R"("tools":)" + std::string(70, '[') + std::string(70, ']'))})
    CHECK(refusal(body).code == Code::invalid_request);
  std::string many = "[0";
  for (int i = 0; i < 500'000; ++i) many += ",0";
  const auto reading = openai::read_chat(request(R"("logit_bias":)" + many + "]"));
  REQUIRE_FALSE(reading.request);
  CHECK(reading.refused.error.detail.find("too many values") != std::string::npos);
}

TEST_CASE("openai chat: a body over the provider's size is refused") {
  auto reading = openai::read_chat(request(""));
  const auto size = openai::write_chat(*reading.request, {"gpt"}).body->size();
  CHECK(openai::write_chat(*reading.request, {.model = "gpt", .body_bytes_max = size}).body);
  const auto over =
      openai::write_chat(*reading.request, {.model = "gpt", .body_bytes_max = size - 1});
  CHECK_FALSE(over.body);
  CHECK(over.refused.error.code == Code::body_too_large);
}
