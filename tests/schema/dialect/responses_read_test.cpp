#include "schema/dialect/responses.hpp"

#include "tests/schema/dialect/refusal.hpp"

#include <doctest/doctest.h>
#include <string>

namespace {

using namespace weir;
using namespace weir::dialect;
using test::invalid;
using test::refusal_of;
using test::unsupported;

std::string request(const std::string& more, const std::string& input = R"("hi")") {
  return R"({"model":"m","input":)" + input + (more.empty() ? "" : "," + more) + "}";
}
/// What an engine of our own is asked, without the head.
std::string written(const std::string& body) {
  auto reading = responses::read_chat(body);
  REQUIRE_MESSAGE(reading.request,
                  body << ": " << reading.refused.param << " " << reading.refused.error.detail);
  const WriteRules own{.model = "e", .cloud = false, .output_tokens_default = 0};
  const auto out = openai::write_chat(std::move(*reading.request), own);
  REQUIRE(out.body);
  constexpr std::string_view head = R"({"model":"e","messages":)";
  REQUIRE(out.body->starts_with(head));
  return out.body->substr(head.size());
}
const std::string hi = R"([{"role":"user","content":"hi"}])";
std::string with(const std::string& more) { return written(request(more)); }
std::string items(const std::string& input) { return written(request("", "[" + input + "]")); }
test::Refusal refused(const std::string& more) {
  return refusal_of(responses::read_chat(request(more)));
}
test::Refusal refused_item(const std::string& item) {
  return refusal_of(responses::read_chat(request("", "[" + item + "]")));
}

}  // namespace

TEST_CASE("responses read: a string, instructions and what shapes the answer") {
  CHECK(with("") == hi + "}");
  CHECK(with(R"("instructions":"be kind")") ==
        R"([{"role":"system","content":"be kind"},{"role":"user","content":"hi"}]})");
  CHECK(with(R"("max_output_tokens":16,"temperature":0.50,"top_p":1)") ==
        hi + R"(,"temperature":0.50,"top_p":1,"max_tokens":16})");
  CHECK(with(R"("stream":true)") ==
        hi + R"(,"stream":true,"stream_options":{"include_usage":true}})");
  CHECK(with(R"("user":"u","metadata":{"data_grade":"P2","x":"y"},"prompt_cache_key":"k")") ==
        hi + R"(,"user":"u","metadata":{"data_grade":"P2"},"prompt_cache_key":"k"})");
  CHECK(with(R"("reasoning":{"effort":"low","summary":"auto"},"text":{"verbosity":"low"})") ==
        hi + R"(,"reasoning_effort":"low","verbosity":"low"})");
}

TEST_CASE("responses read: the format of the text") {
  CHECK(with(R"("text":{"format":{"type":"text"}})") == hi + "}");
  CHECK(with(R"("text":{"format":{"type":"json_object"}})") ==
        hi + R"(,"response_format":{"type":"json_object"}})");
  CHECK(with(R"("text":{"format":{"type":"json_schema","name":"n","strict":true,)"
             R"("schema":{"type":"object"}}})") ==
        hi + R"(,"response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,)"
             R"("schema":{"type":"object"}}}})");
  CHECK(refused(R"("text":{"format":{"type":"json_schema","name":"n"}})") ==
        invalid("text.format.schema"));
  CHECK(refused(R"("text":{"format":{"type":"grammar"}})") == invalid("text.format.type"));
  CHECK(refused(R"("text":{"style":"x"})") == unsupported("text.style"));
}

TEST_CASE("responses read: tools are functions") {
  const std::string tools =
      R"("tools":[{"type":"function","name":"f","description":"d","strict":true,)"
      R"("parameters":{"type":"object"}}])";
  const std::string there = R"(,"tools":[{"type":"function","function":{"name":"f","description":)"
                            R"("d","parameters":{"type":"object"},"strict":true}}])";
  CHECK(with(tools) == hi + there + "}");
  CHECK(with(tools + R"(,"tool_choice":"required","parallel_tool_calls":false)") ==
        hi + there + R"(,"parallel_tool_calls":false,"tool_choice":"required"})");
  CHECK(with(tools + R"(,"tool_choice":{"type":"function","name":"f"})") ==
        hi + there + R"(,"tool_choice":{"type":"function","function":{"name":"f"}}})");
  for (const char* hosted : {"web_search", "file_search", "code_interpreter", "mcp",
                             "computer_use_preview", "image_generation", "custom"})
    CHECK(refused(std::string{R"("tools":[{"type":")"} + hosted + R"("}])") ==
          unsupported("tools[0].type"));
  CHECK(refused(R"("tools":[{"type":"function"}])") == invalid("tools[0].name"));
  CHECK(refused(R"("tools":[{"type":"function","name":"f","defer_loading":true}])") ==
        unsupported("tools[0].defer_loading"));
  CHECK(refused(R"("tool_choice":"required")") == invalid("tool_choice"));
  CHECK(refused(tools + R"(,"tool_choice":"some")") == invalid("tool_choice"));
  CHECK(refused(tools + R"(,"tool_choice":{"type":"web_search"})") ==
        unsupported("tool_choice.type"));
}

TEST_CASE("responses read: items of all kinds, calls with the message before them") {
  CHECK(items(R"({"role":"developer","content":"d"},)"
              R"({"type":"message","role":"user","content":[{"type":"input_text","text":"a"},)"
              R"({"type":"input_image","image_url":"https://x/y","detail":"low"},)"
              R"({"type":"input_image","image_url":"data:image/png;base64,AAAA"}]})") ==
        R"([{"role":"developer","content":"d"},{"role":"user","content":[{"type":"text",)"
        R"("text":"a"},{"type":"image_url","image_url":{"url":"https://x/y"}},)"
        R"({"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}]})");
  CHECK(items(R"({"role":"user","content":"q"},{"type":"reasoning","id":"rs","summary":[]},)"
              R"({"type":"message","id":"msg_1","status":"completed","role":"assistant","content":)"
              R"([{"type":"output_text","text":"t","annotations":[],"logprobs":[]}]},)"
              R"({"type":"function_call","id":"fc_1","call_id":"c1","name":"f","arguments":"{}",)"
              R"("status":"completed"},)"
              R"({"type":"function_call","call_id":"c2","name":"g","arguments":"{\"a\":1}"},)"
              R"({"type":"function_call_output","call_id":"c1","output":"one"},)"
              R"({"type":"function_call_output","call_id":"c2","output":[{"type":"input_text",)"
              R"("text":"two"}]})") ==
        R"([{"role":"user","content":"q"},{"role":"assistant","content":"t","tool_calls":[)"
        R"({"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}},)"
        R"({"id":"c2","type":"function","function":{"name":"g","arguments":"{\"a\":1}"}}]},)"
        R"({"role":"tool","tool_call_id":"c1","content":"one"},)"
        R"({"role":"tool","tool_call_id":"c2","content":"two"}]})");
  CHECK(items(R"({"type":"function_call","call_id":"c","name":"f"})") ==
        R"([{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function",)"
        R"("function":{"name":"f","arguments":"{}"}}]}]})");
}

TEST_CASE("responses read: hints stay behind") {
  for (const char* hint :
       {R"("store":true)", R"("store":false)", R"("background":false)",
        R"("truncation":"disabled")", R"("top_logprobs":0)",
        R"("include":["reasoning.encrypted_content"])", R"("include":[])",
        R"("service_tier":"auto")", R"("previous_response_id":null)", R"("conversation":null)",
        R"("stream_options":{"include_obfuscation":false})", R"("prompt_cache_retention":"24h")"})
    CHECK_MESSAGE(with(hint) == hi + "}", hint);
}

TEST_CASE("responses read: what cannot be served is refused by name") {
  for (const auto& [field, param] : std::initializer_list<std::pair<const char*, const char*>>{
           {R"("previous_response_id":"resp_1")", "previous_response_id"},
           {R"("conversation":"c")", "conversation"},
           {R"("prompt":{"id":"p"})", "prompt"},
           {R"("background":true)", "background"},
           {R"("truncation":"auto")", "truncation"},
           {R"("top_logprobs":2)", "top_logprobs"},
           {R"("include":["file_search_call.results"])", "include[0]"},
           {R"("service_tier":"flex")", "service_tier"},
           {R"("max_tool_calls":3)", "max_tool_calls"},
           {R"("max_tokens":3)", "max_tokens"},
           {R"("reasoning":{"mode":"pro"})", "reasoning.mode"},
           {R"("context_management":[])", "context_management"},
           {R"("unheard_of":1)", "unheard_of"}})
    CHECK(refused(field) == unsupported(param));
  for (const auto& [item, param] : std::initializer_list<std::pair<const char*, const char*>>{
           {R"({"type":"item_reference","id":"x"})", "input[0].type"},
           {R"({"type":"web_search_call","id":"x"})", "input[0].type"},
           {R"({"role":"user","content":[{"type":"input_file","file_id":"f"}]})",
            "input[0].content[0].type"},
           {R"({"role":"user","content":[{"type":"input_image","file_id":"f"}]})",
            "input[0].content[0].file_id"},
           {R"({"role":"assistant","content":[{"type":"input_image","image_url":"https://x"}]})",
            "input[0].content[0].type"},
           {R"({"role":"assistant","content":[{"type":"output_text","text":"a",)"
            R"("annotations":[{}]}]})",
            "input[0].content[0].annotations"},
           {R"({"role":"user","content":"a","phase":"commentary"})", "input[0].phase"}})
    CHECK(refused_item(item) == unsupported(param));
}

TEST_CASE("responses read: what is wrong is refused by name") {
  for (const auto& [field, param] : std::initializer_list<std::pair<const char*, const char*>>{
           {R"("temperature":3)", "temperature"},
           {R"("top_p":"x")", "top_p"},
           {R"("max_output_tokens":0)", "max_output_tokens"},
           {R"("max_output_tokens":4294967296)", "max_output_tokens"},
           {R"("instructions":[])", "instructions"},
           {R"("tools":{})", "tools"},
           {R"("text":1)", "text"},
           {R"("stream":"yes")", "stream"},
           {R"("base_url":"x")", "base_url"},
           {R"("store":1)", "store"}})
    CHECK(refused(field) == invalid(param));
  for (const auto& [item, param] : std::initializer_list<std::pair<const char*, const char*>>{
           {"1", "input[0]"},
           {R"({"role":"tool","content":"a"})", "input[0].role"},
           {R"({"role":"user"})", "input[0].content"},
           {R"({"content":"a"})", "input[0].role"},
           {R"({"role":"user","content":[{"type":"input_image","image_url":"ftp://x"}]})",
            "input[0].content[0].image_url"},
           {R"({"type":"function_call","name":"f"})", "input[0].call_id"},
           {R"({"type":"function_call_output","call_id":"c"})", "input[0].output"}})
    CHECK(refused_item(item) == invalid(param));
  CHECK(refusal_of(responses::read_chat(R"({"model":"m"})")) == invalid("input"));
  CHECK(refusal_of(responses::read_chat(request("", "[]"))) == invalid("input"));
  CHECK(refusal_of(responses::read_chat("[]")) == invalid(""));
  CHECK(refusal_of(responses::read_chat(request(R"("metadata":{"data_grade":"P9"})"))).code ==
        Code::invalid_grade);
  const std::string deep(70, '[');
  CHECK(refusal_of(responses::read_chat(request("", deep))) == invalid(""));
  std::string many = "[1";
  for (int i = 0; i < 500'001; ++i) many += ",1";
  CHECK(refusal_of(responses::read_chat(request("", many + "]"))).code == Code::invalid_request);
}
