#include "schema/dialect/ollama.hpp"

#include "tests/schema/dialect/refusal.hpp"

#include <doctest/doctest.h>
#include <string>

namespace {

using namespace weir;
using namespace weir::dialect;
using test::invalid;
using test::refusal_of;
using test::unsupported;

const std::string hi = R"("messages":[{"role":"user","content":"hi"}])";
std::string request(const std::string& more) { return R"({"model":"m",)" + more + "}"; }

/// What an engine of our own is asked, without the head.
std::string written(ChatReading reading) {
  REQUIRE_MESSAGE(reading.request, reading.refused.param << " " << reading.refused.error.detail);
  const WriteRules own{.model = "e", .cloud = false, .output_tokens_default = 0};
  const auto out = openai::write_chat(std::move(*reading.request), own);
  REQUIRE(out.body);
  constexpr std::string_view head = R"({"model":"e","messages":)";
  REQUIRE(out.body->starts_with(head));
  return out.body->substr(head.size());
}
std::string chat(const std::string& more) {
  return written(ollama::read_chat(request(more + R"(,"stream":false)")));
}
std::string generate(const std::string& more) {
  return written(ollama::read_generate(request(more + R"(,"stream":false)")));
}
const std::string there = R"([{"role":"user","content":"hi"}])";
test::Refusal refused(const std::string& more) {
  return refusal_of(ollama::read_chat(request(hi + "," + more)));
}
test::Refusal refused_message(const std::string& message) {
  return refusal_of(ollama::read_chat(request(R"("messages":[)" + message + "]")));
}
test::Refusal refused_prompt(const std::string& more) {
  return refusal_of(ollama::read_generate(request(R"("prompt":"hi",)" + more)));
}
const std::string png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAAB";

}  // namespace

TEST_CASE("ollama read: a chat streams unless it says otherwise") {
  CHECK(chat(hi) == there + "}");
  CHECK(written(ollama::read_chat(request(hi))) ==
        there + R"(,"stream":true,"stream_options":{"include_usage":true}})");
  const auto load = ollama::read_chat(R"({"model":"m"})");
  REQUIRE(load.request);
  CHECK(load.request->messages.empty());
}

TEST_CASE("ollama read: options say how tokens are chosen, or stay behind") {
  CHECK(chat(hi +
             R"(,"options":{"temperature":0.10,"top_p":0.9,"top_k":40,"seed":7,)"
             R"("num_predict":5,"stop":["a","b"],"presence_penalty":0.5,)"
             R"("frequency_penalty":0,"min_p":0.05,"repeat_penalty":1.1,"repeat_last_n":64})") ==
        there + R"(,"min_p":0.05,"repetition_penalty":1.1,"repeat_penalty":1.1,"repeat_last_n":64,)"
                R"("temperature":0.10,"top_p":0.9,"top_k":40,"stop":["a","b"],"max_tokens":5,)"
                R"("seed":7,"presence_penalty":0.5})");
  CHECK(chat(hi + R"(,"keep_alive":"5m","truncate":true,"options":{"num_ctx":4096,"num_keep":4,)"
                  R"("num_batch":1,"num_gpu":1,"main_gpu":0,"num_thread":8,"use_mmap":true,)"
                  R"("num_predict":-1,"mirostat":0,"mirostat_tau":5,"tfs_z":1.0,"typical_p":1,)"
                  R"("min_p":0.0,"repeat_penalty":1,"top_k":0,"stop":""})") == there + "}");
  for (const auto& [option, param] : std::initializer_list<std::pair<const char*, const char*>>{
           {R"("mirostat":1)", "options.mirostat"},
           {R"("tfs_z":0.5)", "options.tfs_z"},
           {R"("typical_p":0.7)", "options.typical_p"},
           {R"("unheard_of":1)", "options.unheard_of"}})
    CHECK(refused(std::string{R"("options":{)"} + option + "}") == unsupported(param));
  for (const auto& [option, param] : std::initializer_list<std::pair<const char*, const char*>>{
           {R"("temperature":-1)", "options.temperature"},
           {R"("top_p":"x")", "options.top_p"},
           {R"("seed":"x")", "options.seed"},
           {R"("stop":[1])", "options.stop[0]"},
           {R"("stop":1)", "options.stop"},
           {R"("num_predict":"x")", "options.num_predict"}})
    CHECK(refused(std::string{R"("options":{)"} + option + "}") == invalid(param));
  CHECK(refused(R"("options":[])") == invalid("options"));
}

TEST_CASE("ollama read: the format and the reasoning") {
  CHECK(chat(hi + R"(,"format":"json")") ==
        there + R"(,"response_format":{"type":"json_object"}})");
  CHECK(chat(hi + R"(,"format":{"type":"object"})") ==
        there + R"(,"response_format":{"type":"json_schema","json_schema":{"name":"format",)"
                R"("schema":{"type":"object"}}}})");
  CHECK(chat(hi + R"(,"format":"")") == there + "}");
  CHECK(refused(R"("format":"yaml")") == invalid("format"));
  CHECK(refused(R"("format":1)") == invalid("format"));
  for (const char* yes : {"true", R"("low")", R"("high")"}) {
    const auto read = ollama::read_chat(request(hi + R"(,"think":)" + yes));
    REQUIRE(read.request);
    CHECK_FALSE(read.request->thinking.null());
  }
  for (const char* no : {"false", "null"}) {
    const auto read = ollama::read_chat(request(hi + R"(,"think":)" + no));
    REQUIRE(read.request);
    CHECK(read.request->thinking.null());
  }
  CHECK(refused(R"("think":"often")") == invalid("think"));
}

TEST_CASE("ollama read: tools, their calls and their answers, which have no ids") {
  CHECK(chat(R"("messages":[{"role":"system","content":"s"},{"role":"user","content":"q"},)"
             R"({"role":"assistant","content":"","tool_calls":[)"
             R"({"function":{"name":"f","arguments":{ "a" : 1.0 }}},)"
             R"({"function":{"index":1,"name":"g","arguments":{}}}]},)"
             R"({"role":"tool","tool_name":"g","content":"G"},{"role":"tool","content":"F"}],)"
             R"("tools":[{"type":"function","function":{"name":"f","description":"d",)"
             R"("parameters":{"type":"object"}}}])") ==
        R"([{"role":"system","content":"s"},{"role":"user","content":"q"},{"role":"assistant",)"
        R"("content":null,"tool_calls":[{"id":"call_0","type":"function","function":{"name":"f",)"
        R"("arguments":"{\"a\":1.0}"}},{"id":"call_1","type":"function","function":{"name":"g",)"
        R"("arguments":"{}"}}]},{"role":"tool","tool_call_id":"call_1","content":"G"},)"
        R"({"role":"tool","tool_call_id":"call_0","content":"F"}],"tools":[{"type":"function",)"
        R"("function":{"name":"f","description":"d","parameters":{"type":"object"}}}]})");
  CHECK(chat(R"("messages":[{"role":"assistant","tool_calls":[{"id":"x","type":"function",)"
             R"("function":{"name":"f"}}]},{"role":"tool","tool_call_id":"x","content":"r"}])") ==
        R"([{"role":"assistant","content":null,"tool_calls":[{"id":"x","type":"function",)"
        R"("function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"x",)"
        R"("content":"r"}]})");
  CHECK(refused_message(R"({"role":"tool","content":"r"})") == invalid("messages[0]"));
  CHECK(refused_message(R"({"role":"user","tool_calls":[{}]})") ==
        invalid("messages[0].tool_calls"));
  CHECK(refused_message(R"({"role":"assistant","tool_calls":[{"function":{"name":"f",)"
                        R"("arguments":"{}"}}]})") ==
        invalid("messages[0].tool_calls[0].function.arguments"));
  CHECK(refused_message(R"({"role":"assistant","tool_calls":[{}]})") ==
        invalid("messages[0].tool_calls[0].function"));
  CHECK(refused(R"("tools":[{"type":"function"}])") == invalid("tools[0].function"));
  CHECK(refused(R"("tools":[{"type":"web"}])") == unsupported("tools[0].type"));
  CHECK(refused(R"("tools":{})") == invalid("tools"));
}

TEST_CASE("ollama read: images by value, their type by their bytes") {
  for (const auto& [data, type] : std::initializer_list<std::pair<std::string, std::string>>{
           {png, "image/png"},
           {"/9j/4AAQSkZJRg", "image/jpeg"},
           {"R0lGODlhAQABAAAA", "image/gif"},
           {"UklGRgD/gABXRUJQVlA4IA==", "image/webp"}})
    CHECK(chat(R"("messages":[{"role":"user","content":"q","images":[")" + data + R"("]}])") ==
          R"([{"role":"user","content":[{"type":"text","text":"q"},{"type":"image_url",)"
          R"("image_url":{"url":"data:)" +
              type + ";base64," + data + R"("}}]}]})");
  for (const char* bad : {R"("UklGRgD/gABXQVZF")", R"("")", "1", R"("iVBORw0KGgo*")"})
    CHECK(refused_message(std::string{R"({"role":"user","images":[)"} + bad + "]}") ==
          invalid("messages[0].images[0]"));
  CHECK(refused_message(R"({"role":"system","images":[")" + png + R"("]})") ==
        unsupported("messages[0].images"));
}

TEST_CASE("ollama read: a generate request is a chat") {
  CHECK(generate(R"("prompt":"hi","system":"s","images":[")" + png +
                 R"("],"raw":false,)"
                 R"("suffix":"","context":[],"template":"")") ==
        R"([{"role":"system","content":"s"},{"role":"user","content":[{"type":"text","text":"hi"},)"
        R"({"type":"image_url","image_url":{"url":"data:image/png;base64,)" +
            png + R"("}}]}]})");
  const auto load = ollama::read_generate(R"({"model":"m","system":"s"})");
  REQUIRE(load.request);
  CHECK(load.request->messages.empty());
  for (const auto& [field, param] : std::initializer_list<std::pair<const char*, const char*>>{
           {R"("raw":true)", "raw"},
           {R"("suffix":"x")", "suffix"},
           {R"("template":"x")", "template"},
           {R"("context":[1])", "context"},
           {R"("logprobs":true)", "logprobs"},
           {R"("messages":[])", "messages"},
           {R"("tools":[])", "tools"},
           {R"("width":1)", "width"}})
    CHECK(refused_prompt(field) == unsupported(param));
  CHECK(refused_prompt(R"("system":1)") == invalid("system"));
}

TEST_CASE("ollama read: what is wrong or unknown is refused by name") {
  CHECK(refused(R"("unheard_of":1)") == unsupported("unheard_of"));
  CHECK(refused(R"("host":"x")") == invalid("host"));
  CHECK(refused_message(R"({"role":"robot","content":"a"})") == invalid("messages[0].role"));
  CHECK(refused_message(R"({"role":"user","content":["a"]})") == invalid("messages[0].content"));
  CHECK(refused_message(R"({"role":"user","content":"a","tool_name":"f"})") ==
        invalid("messages[0].tool_name"));
  CHECK(refused_message(R"({"role":"user","content":"a","weight":1})") ==
        unsupported("messages[0].weight"));
  CHECK(refused(R"("metadata":{"data_grade":"P9"})").code == Code::invalid_grade);
  CHECK(refusal_of(ollama::read_chat("[]")) == invalid(""));
  const std::string deep(70, '[');
  CHECK(refused(R"("tools":)" + deep) == invalid(""));
  std::string many = R"("tools":[1)";
  for (int i = 0; i < 500'001; ++i) many += ",1";
  CHECK(refused(many + "]").code == Code::invalid_request);
}
