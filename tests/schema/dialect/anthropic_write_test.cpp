// OpenAI's chat requests as Anthropic's: the whole way from body to body.
#include "schema/dialect/anthropic.hpp"

#include <doctest/doctest.h>
#include <string>

namespace {

using namespace weir;
using namespace weir::dialect;

std::string request(const std::string& more) {
  return R"({"model":"m",)" + more + (more.empty() ? "" : ",") +
         R"("messages":[{"role":"user","content":"hi"}]})";
}
std::string messages(const std::string& list) {
  return R"({"model":"m","messages":[)" + list + "]}";
}

Rendering render(const std::string& body, const WriteRules& rules = {"claude"}) {
  auto reading = openai::read_chat(body);
  REQUIRE_MESSAGE(reading.request, body << ": " << reading.refused.param);
  return anthropic::write_chat(std::move(*reading.request), rules);
}
std::string rendered(const std::string& body) {
  auto rendering = render(body);
  REQUIRE_MESSAGE(rendering.body,
                  body << ": " << rendering.refused.param << " " << rendering.refused.error.detail);
  return *rendering.body;
}
/// What follows the model and the limit.
std::string rest(const std::string& body) {
  const std::string head = R"({"model":"claude","max_tokens":4096,)";
  const auto text = rendered(body);
  REQUIRE(text.starts_with(head));
  return text.substr(head.size(), text.size() - head.size() - 1);
}
/// The fields that `more` adds to a short request.
std::string added(const std::string& more) {
  const std::string hi = R"("messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}])";
  const auto text = rest(request(more));
  REQUIRE(text.starts_with(hi));
  return text.size() == hi.size() ? "" : text.substr(hi.size() + 1);
}
std::string unsupported(const std::string& body) {
  const auto rendering = render(body);
  REQUIRE_MESSAGE(!rendering.body, body);
  CHECK(rendering.refused.error.code == Code::not_supported);
  return rendering.refused.param;
}
std::string text(const std::string& words) {
  return R"({"type":"text","text":")" + words + R"("})";
}
std::string turn(const std::string& role, const std::string& blocks) {
  return R"({"role":")" + role + R"(","content":[)" + blocks + "]}";
}

const std::string tool =
    R"("tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}])";
const std::string tool_out = R"("tools":[{"name":"f","input_schema":{"type":"object"}}])";

}  // namespace

TEST_CASE("anthropic write: max_tokens is the client's limit, else the given one, never absent") {
  CHECK(rendered(request(R"("max_tokens":7)")).find(R"("max_tokens":7,)") != std::string::npos);
  CHECK(
      rendered(request(R"("max_tokens":7,"max_completion_tokens":9)")).find(R"("max_tokens":9,)") !=
      std::string::npos);
  const auto other = render(request(""), {.model = "c", .output_tokens_default = 5});
  CHECK(other.output_tokens_max == 5);
  CHECK(other.body->starts_with(R"({"model":"c","max_tokens":5,)"));
}

TEST_CASE("anthropic write: system and developer messages become the system prompt, in order") {
  CHECK(rest(messages(R"({"role":"system","content":"a"},{"role":"user","content":"u"},)"
                      R"({"role":"developer","content":[{"type":"text","text":"b"}]})")) ==
        R"("system":[)" + text("a") + "," + text("b") + R"(],"messages":[)" +
            turn("user", text("u")) + "]");
}

TEST_CASE("anthropic write: turns of one role become one, so that roles alternate") {
  CHECK(rest(messages(R"({"role":"user","content":"a"},{"role":"system","content":"s"},)"
                      R"({"role":"user","content":"b"},{"role":"assistant","content":"c"},)"
                      R"({"role":"assistant","content":"d"},{"role":"user","content":"e"})")) ==
        R"("system":[)" + text("s") + R"(],"messages":[)" +
            turn("user", text("a") + "," + text("b")) + "," +
            turn("assistant", text("c") + "," + text("d")) + "," + turn("user", text("e")) + "]");
}

TEST_CASE("anthropic write: a text that holds nothing is left out, an empty request refused") {
  CHECK(rest(messages(R"({"role":"user","content":"a"},{"role":"assistant","content":""},)"
                      R"({"role":"user","content":[{"type":"text","text":""}]})")) ==
        R"("messages":[)" + turn("user", text("a")) + "]");
  const auto empty = render(messages(R"({"role":"user","content":""})"));
  CHECK(empty.refused.error.code == Code::invalid_request);
  CHECK(empty.refused.param == "messages");
}

TEST_CASE("anthropic write: images go by value or by address, of the kinds the API takes") {
  const auto part = [](const std::string& url) {
    return messages(R"({"role":"user","content":[{"type":"image_url","image_url":{"url":")" + url +
                    R"("}}]})");
  };
  CHECK(rest(part("data:image/png;base64,aGk=")) ==
        R"("messages":[)" +
            turn("user", R"({"type":"image","source":{"type":"base64",)"
                         R"("media_type":"image/png","data":"aGk="}})") +
            "]");
  for (const std::string url : {"http://x/y", "https://x/y?a=b"})
    CHECK(rest(part(url)) ==
          R"("messages":[)" +
              turn("user", R"({"type":"image","source":{"type":"url","url":")" + url + R"("}})") +
              "]");
  CHECK(unsupported(part("data:image/tiff;base64,aGk=")) == "messages[0].content");
}

TEST_CASE("anthropic write: tool calls become tool_use, tools' answers a user's turn before text") {
  CHECK(
      rest(messages(
          R"({"role":"user","content":"q"},{"role":"assistant","content":"t","tool_calls":[)"
          R"({"id":"c1","type":"function","function":{"name":"f",)"
          R"("arguments":"{ \"a\" : [1.50] }"}},)"
          R"({"id":"c2","type":"function","function":{"name":"g","arguments":""}}]},)"
          R"({"role":"user","content":"meanwhile"},)"
          R"({"role":"tool","tool_call_id":"c1","content":"r1"},)"
          R"({"role":"tool","tool_call_id":"c2","content":""})")) ==
      R"("messages":[)" + turn("user", text("q")) + "," +
          turn("assistant", text("t") +
                                R"(,{"type":"tool_use","id":"c1","name":"f","input":{"a":[1.50]}},)"
                                R"({"type":"tool_use","id":"c2","name":"g","input":{}})") +
          "," +
          turn("user", R"({"type":"tool_result","tool_use_id":"c1","content":[)" + text("r1") +
                           R"(]},{"type":"tool_result","tool_use_id":"c2"},)" + text("meanwhile")) +
          "]");
}

TEST_CASE("anthropic write: arguments that are no JSON object are refused, as are too deep ones") {
  const auto with = [](const std::string& arguments) {
    return render(messages(R"({"role":"assistant","tool_calls":[{"id":"c","function":{"name":"f",)"
                           R"("arguments":")" +
                           arguments + R"("}}]})"));
  };
  for (const char* bad : {"[]", "1", "{", "{} {}", R"({\"a\":1,\"a\":2})", "x"}) {
    const auto rendering = with(bad);
    CHECK_MESSAGE(!rendering.body, bad);
    CHECK(rendering.refused.error.code == Code::invalid_request);
    CHECK(rendering.refused.param == "messages[0].tool_calls");
  }
  const auto nested = [](int depth) {
    std::string out;
    for (int i = 0; i < depth; ++i) out += R"({\"a\":)";
    return out + "1" + std::string(static_cast<std::size_t>(depth), '}');
  };
  CHECK(with(nested(48)).body);
  CHECK_FALSE(with(nested(49)).body);
}

TEST_CASE("anthropic write: tools keep their schemas, and schemas say what they are of") {
  CHECK(added(R"("tools":[{"type":"function","function":{"name":"f","description":"d",)"
              R"("parameters":{"type":"object","properties":{"a":{}}},"strict":true}},)"
              R"({"type":"function","function":{"name":"g"}},)"
              R"({"type":"function","function":{"name":"h","parameters":{"x":1}}}])") ==
        R"("tools":[{"name":"f","description":"d",)"
        R"("input_schema":{"type":"object","properties":{"a":{}}},"strict":true},)"
        R"({"name":"g","input_schema":{"type":"object","properties":{}}},)"
        R"({"name":"h","input_schema":{"x":1,"type":"object"}}])");
}

TEST_CASE("anthropic write: the choice of tools, with and without parallel calls") {
  const auto choice = [](const std::string& said) { return added(tool + "," + said); };
  const auto out = [](const std::string& c) { return tool_out + R"(,"tool_choice":)" + c; };
  CHECK(choice(R"("tool_choice":"auto")") == out(R"({"type":"auto"})"));
  CHECK(choice(R"("tool_choice":"none","parallel_tool_calls":false)") == out(R"({"type":"none"})"));
  CHECK(choice(R"("tool_choice":"required")") == out(R"({"type":"any"})"));
  CHECK(choice(R"("tool_choice":{"type":"function","function":{"name":"f"}})") ==
        out(R"({"type":"tool","name":"f"})"));
  CHECK(choice(R"("parallel_tool_calls":false)") ==
        out(R"({"type":"auto","disable_parallel_tool_use":true})"));
  CHECK(choice(R"("parallel_tool_calls":true)") == tool_out);
  CHECK(choice(R"("tool_choice":"required","parallel_tool_calls":false)") ==
        out(R"({"type":"any","disable_parallel_tool_use":true})"));
  CHECK(added(R"("tool_choice":"auto","parallel_tool_calls":false)").empty());
}

TEST_CASE("anthropic write: sampling, stops, user and stream, each under its own name") {
  CHECK(added(R"("temperature":0.70,"top_p":0.9,"top_k":40,"stop":"x","user":"u","stream":true)") ==
        R"("temperature":0.70,"top_p":0.9,"top_k":40,"stop_sequences":["x"],)"
        R"("metadata":{"user_id":"u"},"stream":true)");
  CHECK(added(R"("stop":["a","b"])") == R"("stop_sequences":["a","b"])");
  CHECK(added(R"("metadata":{"user":"v","data_grade":"P2"})") == R"("metadata":{"user_id":"v"})");
  CHECK(added(R"("metadata":{"user":"v"},"user":"u")") == R"("metadata":{"user_id":"u"})");
  CHECK(added(R"("stream":true,"stream_options":{"include_usage":true})") == R"("stream":true)");
}

TEST_CASE("anthropic write: a temperature above the most there is becomes the most there is") {
  CHECK(added(R"("temperature":1.0)") == R"("temperature":1.0)");
  CHECK(added(R"("temperature":1.01)") == R"("temperature":1)");
  CHECK(added(R"("temperature":2)") == R"("temperature":1)");
}

TEST_CASE("anthropic write: what only OpenAI's dialect can say is refused by name") {
  for (const std::string field :
       {R"("n":2)", R"("logprobs":true)", R"("top_logprobs":3)", R"("seed":1)",
        R"("presence_penalty":0.1)", R"("frequency_penalty":-1)", R"("logit_bias":{"1":2})",
        R"("response_format":{"type":"json_object"})",
        R"("response_format":{"type":"json_schema"})", R"("reasoning_effort":"low")",
        R"("verbosity":"low")", R"("prompt_cache_key":"k")"})
    CHECK(unsupported(request(field)) == field.substr(1, field.find('"', 1) - 1));
  CHECK(unsupported(messages(R"({"role":"user","name":"bob","content":"x"})")) ==
        "messages[0].name");
}

TEST_CASE("anthropic write: text is written as plain UTF-8, whatever escapes it came in") {
  CHECK(rest(messages(R"({"role":"user","content":"\u0063anary \u00e9\n"})")) ==
        R"("messages":[)" + turn("user", text("canary é\\n")) + "]");
}

TEST_CASE("anthropic write: Anthropic's own reasoning goes back to it, nobody else's") {
  ChatRequest request;
  request.messages.push_back({ChatRole::user, "", {TextPart{"q"}}});
  request.messages.push_back({ChatRole::assistant,
                              "",
                              {ThinkingPart{"t", "sig", ""}, ThinkingPart{"other's", "", ""},
                               ThinkingPart{"", "", "sealed"}, TextPart{"a"}}});
  request.thinking = json::object("type", "adaptive");
  const auto body = *anthropic::write_chat(request, {"c"}).body;
  CHECK(body.find(R"([{"type":"thinking","thinking":"t","signature":"sig"},)"
                  R"({"type":"redacted_thinking","data":"sealed"},{"type":"text","text":"a"}])") !=
        std::string::npos);
  CHECK(body.ends_with(R"("thinking":{"type":"adaptive"}})"));
  CHECK(openai::write_chat(request, {"c"}).refused.param == "thinking");
}

TEST_CASE("anthropic write: a body over the provider's size is refused") {
  const auto size = rendered(request("")).size();
  CHECK(render(request(""), {.model = "claude", .body_bytes_max = size}).body);
  const auto over = render(request(""), {.model = "claude", .body_bytes_max = size - 1});
  CHECK(over.refused.error.code == Code::body_too_large);
}
