#include "actors/domain/stream/openai_to_anthropic.hpp"

#include "tests/actors/domain/stream/run_stream.hpp"

#include <doctest/doctest.h>
#include <string>
#include <vector>

namespace {

using namespace weir;
using domain::OpenAiToAnthropic;

std::string data(const std::string& json) { return "data: " + json + "\n\n"; }
std::string chunk(const std::string& delta, const std::string& more = "") {
  return data(R"({"id":"x","object":"chat.completion.chunk","model":"e","choices":[{"index":0,)"
              R"("delta":)" +
              delta + more + "}]}");
}
std::string finish(const std::string& reason) {
  return chunk("{}", R"(,"finish_reason":")" + reason + '"');
}
std::string content(const std::string& text) { return chunk(R"({"content":")" + text + R"("})"); }
std::string call(const std::string& fields) {
  return chunk(R"({"tool_calls":[{)" + fields + "}]}");
}
std::string opens(int index, const std::string& id, const std::string& name,
                  const std::string& arguments = "") {
  return call(R"("index":)" + std::to_string(index) + R"(,"id":")" + id +
              R"(","type":"function","function":{"name":")" + name + R"(","arguments":")" +
              arguments + R"("})");
}
std::string goes_on(int index, const std::string& arguments) {
  return call(R"("index":)" + std::to_string(index) + R"(,"function":{"arguments":")" + arguments +
              R"("})");
}

const std::string role = chunk(R"({"role":"assistant","content":null})");
const std::string usage =
    data(R"({"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}})");
const std::string done = data("[DONE]");

std::string event(const std::string& name, const std::string& fields) {
  return "event: " + name + "\ndata: {\"type\":\"" + name + '"' + fields + "}\n\n";
}
const std::string started = event(
    "message_start",
    R"(,"message":{"id":"msg_1","type":"message","role":"assistant","model":"auto","content":[],)"
    R"("stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":11,"output_tokens":0}})");
std::string opened(int index, const std::string& block) {
  return event("content_block_start",
               R"(,"index":)" + std::to_string(index) + R"(,"content_block":)" + block);
}
std::string opened_text(int index) { return opened(index, R"({"type":"text","text":""})"); }
std::string opened_tool(int index, const std::string& id, const std::string& name) {
  return opened(index,
                R"({"type":"tool_use","id":")" + id + R"(","name":")" + name + R"(","input":{}})");
}
std::string changed(int index, const std::string& delta) {
  return event("content_block_delta",
               R"(,"index":)" + std::to_string(index) + R"(,"delta":)" + delta);
}
std::string texted(int index, const std::string& text) {
  return changed(index, R"({"type":"text_delta","text":")" + text + R"("})");
}
std::string put(int index, const std::string& json) {
  return changed(index, R"({"type":"input_json_delta","partial_json":")" + json + R"("})");
}
std::string closed(int index) {
  return event("content_block_stop", R"(,"index":)" + std::to_string(index));
}
std::string stopped(const std::string& reason, const std::string& sequence = "null") {
  return event("message_delta",
               R"(,"delta":{"stop_reason":")" + reason + R"(","stop_sequence":)" + sequence +
                   R"(},"usage":{"input_tokens":7,"cache_creation_input_tokens":0,)"
                   R"("cache_read_input_tokens":0,"output_tokens":3})") +
         event("message_stop", "");
}

test::Run run(const std::vector<std::string>& pieces, bool thinking = false,
              std::size_t limit = domain::event_bytes_max_default) {
  OpenAiToAnthropic stream{
      {.model = "auto", .id = "msg_1", .thinking = thinking, .stop = {"END"}}, Tokens{11}, limit};
  return test::run_stream(stream, pieces, event("message_stop", ""));
}

/// What leaves between message_start and the end for these chunks.
std::string inner(const std::string& chunks, const std::string& reason = "tool_calls",
                  const std::string& said = "tool_use", bool thinking = false) {
  const auto r = run({role + chunks + finish(reason) + usage + done}, thinking);
  REQUIRE_MESSAGE(r.ok, chunks);
  REQUIRE(r.out.starts_with(started));
  REQUIRE(r.out.ends_with(stopped(said)));
  return r.out.substr(started.size(), r.out.size() - started.size() - stopped(said).size());
}

}  // namespace

TEST_CASE("openai stream: a text answer becomes one text block between start and stop") {
  const auto r = run({role + content("Hé") + content("llo") + finish("stop") + usage + done});
  CHECK(r.ok);
  CHECK(r.out == started + opened_text(0) + texted(0, "Hé") + texted(0, "llo") + closed(0) +
                     stopped("end_turn"));
  REQUIRE(r.usage);
  CHECK((r.usage->prompt == Tokens{7} && r.usage->completion == Tokens{3}));
}

TEST_CASE("openai stream: input tokens known at the start are told there") {
  const auto r =
      run({data(R"({"choices":[{"delta":{"content":"x"}}],"usage":{"prompt_tokens":9,)"
                R"("completion_tokens":1,"prompt_tokens_details":{"cached_tokens":4}}})")});
  CHECK(r.out.find(R"("usage":{"input_tokens":5,"cache_creation_input_tokens":0,)"
                   R"("cache_read_input_tokens":4,"output_tokens":1}}})") != std::string::npos);
}

TEST_CASE("openai stream: split at every byte, also inside characters, the answer is the same") {
  const std::string all = role + content("é漢😀") + opens(0, "c1", "f") + goes_on(0, R"({\"a\":)") +
                          opens(1, "c2", "g", "{}") + goes_on(0, "1}") + finish("tool_calls") +
                          usage + done;
  const auto whole = run({all});
  CHECK(whole.ok);
  std::vector<std::string> bytes;
  for (const char c : all) bytes.emplace_back(1, c);
  CHECK(run(bytes).out == whole.out);
  for (std::size_t cut = 0; cut <= all.size(); ++cut)
    CHECK(run({all.substr(0, cut), all.substr(cut)}).out == whole.out);
}

TEST_CASE("openai stream: cut off at every byte, it is whole or the engine's failure") {
  const std::string all = role + content("abc") + finish("stop") + usage + done;
  const auto told = (role + content("abc") + finish("stop")).size() - 2;
  for (std::size_t cut = 0; cut < all.size(); ++cut) {
    const auto r = run({all.substr(0, cut)});
    // Behind the finish_reason the stream is whole, unless half an event stands at its end.
    if (cut < told) CHECK_MESSAGE((!r.ok && r.code == Code::upstream_failed), cut);
    if (r.ok) CHECK(r.out.ends_with(event("message_stop", "")));
  }
}

TEST_CASE("openai stream: tool calls become blocks one after the other, after the text") {
  CHECK(inner(content("t") + opens(0, "c1", "f") + goes_on(0, R"({\"a\":)") +
              goes_on(0, R"(\"}\"})") + opens(1, "c2", "g", "{}")) ==
        opened_text(0) + texted(0, "t") + closed(0) + opened_tool(1, "c1", "f") +
            put(1, R"({\"a\":)") + put(1, R"(\"}\"})") + closed(1) + opened_tool(2, "c2", "g") +
            put(2, "{}") + closed(2));
}

TEST_CASE("openai stream: interleaved tool calls are told in order, none loses a piece") {
  CHECK(inner(opens(0, "c1", "f", R"({\"a\":)") + opens(1, "c2", "g", R"({\"b\":)") +
              goes_on(1, "2") + goes_on(0, "1") + content("late") + goes_on(1, "}") +
              goes_on(0, "}") + opens(2, "c3", "h")) ==
        opened_tool(0, "c1", "f") + put(0, R"({\"a\":)") + put(0, "1") + put(0, "}") + closed(0) +
            opened_tool(1, "c2", "g") + put(1, R"({\"b\":2})") + closed(1) + opened_text(2) +
            texted(2, "late") + closed(2) + opened_tool(3, "c3", "h") + closed(3));
}

TEST_CASE("openai stream: a call that never became whole ends with the answer") {
  CHECK(inner(opens(0, "c1", "f", R"({\"a\":)") + opens(1, "c2", "g", "{}"), "length",
              "max_tokens") == opened_tool(0, "c1", "f") + put(0, R"({\"a\":)") + closed(0) +
                                   opened_tool(1, "c2", "g") + put(1, "{}") + closed(1));
}

TEST_CASE(
    "openai stream: calls without a number, an id, or with one number for all are told apart") {
  const std::string whole = R"("function":{"name":"f","arguments":"{}"})";
  CHECK(inner(call(R"("id":"a",)" + whole) + call(R"("id":"b",)" + whole)) ==
        opened_tool(0, "a", "f") + put(0, "{}") + closed(0) + opened_tool(1, "b", "f") +
            put(1, "{}") + closed(1));
  CHECK(inner(call(R"("index":0,"id":"a",)" + whole) + call(R"("index":0,"id":"b",)" + whole)) ==
        opened_tool(0, "a", "f") + put(0, "{}") + closed(0) + opened_tool(1, "b", "f") +
            put(1, "{}") + closed(1));
  CHECK(inner(call(R"("index":0,)" + whole)) ==
        opened_tool(0, "toolu_msg_1_0", "f") + put(0, "{}") + closed(0));
}

TEST_CASE("openai stream: spaces behind a call's end are dropped") {
  CHECK(inner(opens(0, "c1", "f", "{}") + goes_on(0, "\\n ")) ==
        opened_tool(0, "c1", "f") + put(0, "{}") + closed(0));
}

TEST_CASE("openai stream: reasoning is shown to those who asked for it") {
  for (const std::string key : {"reasoning_content", "reasoning"}) {
    const auto thought = chunk(R"({")" + key + R"(":"hm"})") + content("a");
    CHECK(inner(thought, "stop", "end_turn") == opened_text(0) + texted(0, "a") + closed(0));
    CHECK(inner(thought, "stop", "end_turn", true) ==
          opened(0, R"({"type":"thinking","thinking":"","signature":""})") +
              changed(0, R"({"type":"thinking_delta","thinking":"hm"})") + closed(0) +
              opened_text(1) + texted(1, "a") + closed(1));
  }
}

TEST_CASE("openai stream: the end's words, and the stop sequence where the engine names it") {
  CHECK(inner(content("a"), "length", "max_tokens").size() > 0);
  CHECK(inner(content("a"), "content_filter", "refusal").size() > 0);
  CHECK(inner(opens(0, "c", "f", "{}"), "stop", "tool_use").size() > 0);
  const auto met =
      run({content("a") + chunk("{}", R"(,"finish_reason":"stop","stop_reason":"END")") + usage});
  CHECK(met.out.ends_with(stopped("stop_sequence", "\"END\"")));
}

TEST_CASE("openai stream: an answer of nothing has no block") {
  CHECK(run({role + finish("stop") + usage + done}).out == started + stopped("end_turn"));
}

TEST_CASE("openai stream: the end needs no usage and no [DONE], but one of the three marks") {
  const std::string bare =
      event("message_delta", R"(,"delta":{"stop_reason":"end_turn","stop_sequence":null},)"
                             R"("usage":{"output_tokens":0})") +
      event("message_stop", "");
  const std::string text = opened_text(0) + texted(0, "a") + closed(0);
  CHECK(run({content("a") + finish("stop") + done}).out == started + text + bare);
  CHECK(run({content("a") + finish("stop")}).out == started + text + bare);
  CHECK(run({content("a") + done}).out == started + text + bare);
  CHECK(run({content("a") + usage}).out == started + text + stopped("end_turn"));
  CHECK(run({done}).out == started + bare);
  CHECK_FALSE(run({content("a")}).ok);
  CHECK_FALSE(run({""}).ok);
}

TEST_CASE("openai stream: other choices and what follows the end are dropped") {
  const auto other = data(R"({"choices":[{"index":1,"delta":{"content":"no"}}]})");
  CHECK(inner(other + content("a") + other, "stop", "end_turn") ==
        opened_text(0) + texted(0, "a") + closed(0));
  const auto r = run({content("a") + finish("stop") + content("b") + usage + content("c") + done});
  CHECK(r.out == started + opened_text(0) + texted(0, "a") + closed(0) + stopped("end_turn"));
}

TEST_CASE(
    "openai stream: an error of the engine's becomes one in Anthropic's shape, and the last") {
  for (const auto& bad : {data(R"({"error":{"message":"boom","type":"x","code":500}})"),
                          "event: error\n" + data(R"({"error":{"message":"boom"}})"),
                          data(R"({"object":"error","error":{"message":"boom"}})")}) {
    const auto r = run({content("a") + bad + content("b") + done});
    CHECK_FALSE(r.ok);
    CHECK(r.code == Code::upstream_failed);
    CHECK(r.forwarded);
    CHECK(r.out == started + opened_text(0) + texted(0, "a") +
                       "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\","
                       "\"message\":\"boom\"}}\n\n");
  }
}

TEST_CASE("openai stream: what breaks the dialect fails the stream for good") {
  std::string many;
  for (int i = 0; i <= 128; ++i) many += opens(i, "c" + std::to_string(i), "f", "{}");
  std::string waiting = opens(0, "c", "f", "{");
  for (int i = 0; i < 300; ++i)
    waiting += content("x") + opens(i + 1, "d" + std::to_string(i), "f");
  for (const auto& bad :
       {data("{"), data("[]"), data("hello"), data("{}x"), data(R"({"a":1,"a":2})"),
        data("\"\xFF\""), call(R"("index":0)"), goes_on(0, "{}"), opens(0, "c", ""),
        opens(0, "c", "f", "[]"), opens(0, "c", "f", "7"), opens(0, "c", "f", "{}{"),
        opens(0, "c", "f", "{}") + goes_on(0, "x"), many, waiting}) {
    const auto r = run({bad + content("b") + finish("stop") + done});
    CHECK_MESSAGE(!r.ok, bad);
    CHECK(r.code == Code::upstream_failed);
    CHECK_FALSE(r.forwarded);
    CHECK(r.out.find("message_stop") == std::string::npos);
  }
}

TEST_CASE("openai stream: what waits for its turn is bounded") {
  const auto waits = [](std::size_t bytes) {
    std::string chunks = opens(0, "c1", "f", "{") + opens(1, "c2", "g", R"({\"a\":\")");
    for (std::size_t i = 0; i < bytes / 100; ++i) chunks += goes_on(1, std::string(100, 'x'));
    return run({chunks + finish("length") + usage}, false, 1000).ok;
  };
  CHECK(waits(800));
  CHECK_FALSE(waits(1200));
}

TEST_CASE("object end: whole when the brackets are, whatever the strings hold") {
  const auto end = [](const std::vector<std::string>& pieces) {
    domain::ObjectEnd object;
    for (const auto& piece : pieces)
      if (!object.take(piece)) return std::string{"broken"};
    return std::string{object.whole() ? "whole" : "open"};
  };
  CHECK(end({"{}"}) == "whole");
  CHECK(end({" {", "\"a}\\", "\"{\"", ":[1,{", "}]", "} \n"}) == "whole");
  CHECK(end({"{\"a\\\\\"}"}) == "whole");
  CHECK(end({"", " "}) == "open");
  CHECK(end({"{\"a}"}) == "open");
  CHECK(end({"[]"}) == "broken");
  CHECK(end({"{}", ","}) == "broken");
}
