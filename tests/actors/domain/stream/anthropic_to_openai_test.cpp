#include "actors/domain/stream/anthropic_to_openai.hpp"

#include "tests/actors/domain/stream/run_stream.hpp"

#include <doctest/doctest.h>
#include <string>
#include <vector>

namespace {

using namespace weir;
using domain::AnthropicToOpenAi;

/// One event of Anthropic's, named by its type as the API does.
std::string event(const std::string& json) {
  const auto from = json.find(R"("type":")") + 8;
  return "event: " + json.substr(from, json.find('"', from) - from) + "\ndata: " + json + "\n\n";
}
std::string start_block(int index, const std::string& block) {
  return event(R"({"type":"content_block_start","index":)" + std::to_string(index) +
               R"(,"content_block":)" + block + "}");
}
std::string delta(int index, const std::string& delta) {
  return event(R"({"type":"content_block_delta","index":)" + std::to_string(index) +
               R"(,"delta":)" + delta + "}");
}
std::string text(int index, const std::string& text) {
  return delta(index, R"({"type":"text_delta","text":")" + text + R"("})");
}
std::string input(int index, const std::string& escaped) {
  return delta(index, R"({"type":"input_json_delta","partial_json":")" + escaped + R"("})");
}
std::string stop_block(int index) {
  return event(R"({"type":"content_block_stop","index":)" + std::to_string(index) + "}");
}
std::string message_delta(const std::string& reason) {
  return event(R"({"type":"message_delta","delta":{"stop_reason":")" + reason +
               R"(","stop_sequence":null},"usage":{"output_tokens":15}})");
}

const std::string start =
    event(R"({"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant",)"
          R"("model":"claude","content":[],"stop_reason":null,"stop_sequence":null,"usage":{)"
          R"("input_tokens":25,"cache_read_input_tokens":5,"output_tokens":1}}})");
const std::string text_block = R"({"type":"text","text":""})";
const std::string tool_block = R"({"type":"tool_use","id":"t1","name":"f","input":{}})";
const std::string stop = event(R"({"type":"message_stop"})");
const std::string ping = event(R"({"type": "ping"})");
const std::string answer = start + ping + start_block(0, text_block) + text(0, "Gr\\u00fc") +
                           text(0, "ß 漢 😀") + stop_block(0) + message_delta("end_turn") + stop;

std::string chunk(const std::string& delta, const std::string& finish = "null") {
  return R"(data: {"id":"msg_1","object":"chat.completion.chunk","created":77,"model":"auto",)"
         R"("choices":[{"index":0,"delta":)" +
         delta + R"(,"logprobs":null,"finish_reason":)" + finish + "}]}\n\n";
}
const std::string role = chunk(R"({"role":"assistant","content":""})");
const std::string usage_chunk =
    R"(data: {"id":"msg_1","object":"chat.completion.chunk","created":77,"model":"auto",)"
    R"("choices":[],"usage":{"prompt_tokens":30,"completion_tokens":15,"total_tokens":45,)"
    R"("prompt_tokens_details":{"cached_tokens":5}}})"
    "\n\n";
const std::string done = "data: [DONE]\n\n";
const std::string answered = role + chunk(R"({"content":"Grü"})") +
                             chunk(R"({"content":"ß 漢 😀"})") + chunk("{}", "\"stop\"") + done;

test::Run run(const std::vector<std::string>& pieces, bool keep_usage = false) {
  AnthropicToOpenAi stream{{.model = "auto", .id = "own", .created_unix_s = 77}, keep_usage};
  return test::run_stream(stream, pieces, done);
}

/// What leaves between the role and the end for the events between message_start and the end.
std::string inner(const std::string& events, const std::string& reason = "tool_use") {
  const auto r = run({start + events + message_delta(reason) + stop});
  CHECK(r.ok);
  REQUIRE(r.out.starts_with(role));
  return r.out.substr(role.size());
}
std::string call(int index, const std::string& function, const std::string& head = "") {
  return chunk(R"({"tool_calls":[{"index":)" + std::to_string(index) + head + R"(,"function":)" +
               function + "}]}");
}
std::string end(const std::string& finish) { return chunk("{}", '"' + finish + '"') + done; }

}  // namespace

TEST_CASE("anthropic stream: a text answer becomes chunks, usage noted and kept back") {
  const auto r = run({answer});
  CHECK(r.ok);
  CHECK(r.out == answered);
  REQUIRE(r.usage);
  CHECK((r.usage->prompt == Tokens{30} && r.usage->completion == Tokens{15}));
}

TEST_CASE("anthropic stream: usage that the client asked for is one chunk before the end") {
  const auto r = run({answer}, true);
  CHECK(r.out == answered.substr(0, answered.size() - done.size()) + usage_chunk + done);
}

TEST_CASE("anthropic stream: split at every byte, also inside characters, the answer is the same") {
  const std::string all = start + start_block(0, text_block) + text(0, "é漢😀") + stop_block(0) +
                          start_block(1, tool_block) + input(1, R"({\"a\":)") + input(1, "1}") +
                          stop_block(1) + message_delta("tool_use") + stop;
  const auto whole = run({all}, true);
  CHECK(whole.ok);
  std::vector<std::string> bytes;
  for (const char c : all) bytes.emplace_back(1, c);
  CHECK(run(bytes, true).out == whole.out);
  for (std::size_t cut = 0; cut <= all.size(); ++cut) {
    const auto two = run({all.substr(0, cut), all.substr(cut)}, true);
    CHECK((two.ok && two.out == whole.out && two.usage));
  }
}

TEST_CASE("anthropic stream: cut off at every byte, it is whole or the engine's failure") {
  const auto begin_of_end = answer.find("event: message_delta");
  const auto told = answer.find("\n\n", begin_of_end);
  for (std::size_t cut = 0; cut < answer.size(); ++cut) {
    const auto r = run({answer.substr(0, cut)});
    // Behind the stop_reason the stream is whole, unless half an event stands at its end.
    if (cut < told) CHECK_MESSAGE(!r.ok, cut);
    CHECK(r.ok == r.out.ends_with(done));
    CHECK(answered.starts_with(r.out));
    if (!r.ok) CHECK(r.code == Code::upstream_failed);
  }
}

TEST_CASE("anthropic stream: tool calls are numbered from 0, their arguments come in pieces") {
  CHECK(inner(start_block(0, text_block) + text(0, "t") + stop_block(0) +
              start_block(1, tool_block) + input(1, "") + input(1, R"({\"a\")") + input(1, ":1}") +
              stop_block(1) +
              start_block(2, R"({"type":"tool_use","id":"t2","name":"g","input":{}})") +
              stop_block(2)) ==
        chunk(R"({"content":"t"})") +
            call(0, R"({"name":"f","arguments":""})", R"(,"id":"t1","type":"function")") +
            call(0, R"({"arguments":"{\"a\""})") + call(0, R"({"arguments":":1}"})") +
            call(1, R"({"name":"g","arguments":""})", R"(,"id":"t2","type":"function")") +
            call(1, R"({"arguments":"{}"})") + end("tool_calls"));
}

TEST_CASE("anthropic stream: input that comes whole with its block is told when the block ends") {
  CHECK(inner(start_block(0, R"({"type":"tool_use","id":"t1","name":"f","input":{"a": 1}})") +
              stop_block(0)) ==
        call(0, R"({"name":"f","arguments":""})", R"(,"id":"t1","type":"function")") +
            call(0, R"({"arguments":"{\"a\":1}"})") + end("tool_calls"));
}

TEST_CASE("anthropic stream: blocks that are open together keep to their own calls") {
  const auto out = inner(start_block(0, tool_block) +
                         start_block(5, R"({"type":"tool_use","id":"t2","name":"g"})") +
                         input(5, "{}") + input(0, "{ }") + stop_block(5) + stop_block(0));
  CHECK(out.find(call(1, R"({"arguments":"{}"})") + call(0, R"({"arguments":"{ }"})")) !=
        std::string::npos);
}

TEST_CASE("anthropic stream: thinking becomes reasoning_content, its signature stays behind") {
  CHECK(inner(start_block(0, R"({"type":"thinking","thinking":"","signature":""})") +
                  delta(0, R"({"type":"thinking_delta","thinking":"hm"})") +
                  delta(0, R"({"type":"signature_delta","signature":"s"})") + stop_block(0) +
                  start_block(1, R"({"type":"redacted_thinking","data":"x"})") + stop_block(1) +
                  start_block(2, R"({"type":"text","text":"first "})") + text(2, "then"),
              "max_tokens") == chunk(R"({"reasoning_content":"hm"})") +
                                   chunk(R"({"content":"first "})") +
                                   chunk(R"({"content":"then"})") + end("length"));
}

TEST_CASE("anthropic stream: events, blocks and deltas of unknown kinds are left out") {
  CHECK(inner(event(R"({"type":"new_event","x":1})") + ": comment\n\n" +
                  start_block(0, R"({"type":"new_block"})") +
                  delta(0, R"({"type":"new_delta","x":1})") + stop_block(0) + ping,
              "new_reason") == end("stop"));
}

TEST_CASE("anthropic stream: counts are cumulative, the last ones hold") {
  const auto r =
      run({start +
           event(R"({"type":"message_delta","delta":{"stop_reason":null},)"
                 R"("usage":{"input_tokens":40,"output_tokens":2}})") +
           message_delta("end_turn") +
           event(R"({"type":"message_delta","delta":{},"usage":{"output_tokens":20}})") + stop});
  REQUIRE(r.usage);
  CHECK((r.usage->prompt == Tokens{45} && r.usage->completion == Tokens{20}));
  CHECK(r.out == role + end("stop"));
}

TEST_CASE("anthropic stream: what follows the end is dropped") {
  CHECK(run({answer + answer + "data: nonsense\n\n"}).out == answered);
}

TEST_CASE("anthropic stream: a missing message_stop behind a stop_reason is made up for") {
  const auto r = run({answer.substr(0, answer.size() - stop.size())}, true);
  CHECK(r.ok);
  CHECK(r.out.ends_with(usage_chunk + done));
}

TEST_CASE(
    "anthropic stream: an error of the engine's becomes one in OpenAI's shape, and the last") {
  for (const auto& before : {std::string{}, start}) {
    const auto r = run(
        {before +
         event(R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})") +
         answer});
    CHECK_FALSE(r.ok);
    CHECK(r.code == Code::upstream_failed);
    CHECK(r.forwarded);
    CHECK(r.out.substr(before.empty() ? 0 : role.size()) ==
          "event: error\ndata: {\"error\":{\"message\":\"Overloaded\",\"type\":\"server_error\","
          "\"param\":null,\"code\":\"no_capacity\"}}\n\n");
  }
}

TEST_CASE("anthropic stream: events out of order or not whole fail the stream for good") {
  const std::string t = start_block(0, text_block);
  std::string many = start;
  for (int i = 0; i <= 64; ++i) many += start_block(i, text_block);
  for (const auto& bad : {t,
                          text(0, "x"),
                          stop_block(0),
                          stop,
                          message_delta("end_turn"),
                          start + start,
                          start + text(0, "x"),
                          start + t + t,
                          start + t + text(1, "x"),
                          start + stop_block(0),
                          start + t + input(0, "{}"),
                          start + t + delta(0, R"({"type":"text_delta"})"),
                          start + t + delta(0, "7"),
                          start + start_block(-1, text_block),
                          start + start_block(0, "7"),
                          start + start_block(0, R"({"type":"tool_use","name":"f"})"),
                          start + stop,
                          start + message_delta("end_turn") + t,
                          start + "data: {}\n\n",
                          start + "data: []\n\n",
                          start + "data: {\n\n",
                          start + "data: [DONE]\n\n",
                          many,
                          start + R"(data: {"type":"ping","type":"ping"})" + "\n\n"}) {
    AnthropicToOpenAi stream{{.model = "m"}, false};
    std::string out;
    const auto r = stream.feed(bad, out);
    REQUIRE_MESSAGE(!r, bad);
    CHECK(r.error().code == Code::upstream_failed);
    const auto size = out.size();
    CHECK_FALSE(stream.feed(answer, out));
    CHECK_FALSE(stream.finish(out));
    CHECK(out.size() == size);
  }
}

TEST_CASE("anthropic stream: an event may fill its limit and not exceed it, however it arrives") {
  const auto limited = [](std::size_t limit, std::size_t piece, const std::string& bytes) {
    AnthropicToOpenAi stream{{.model = "m"}, false, limit};
    std::string out;
    for (std::size_t at = 0; at < bytes.size(); at += piece)
      if (!stream.feed(bytes.substr(at, piece), out)) return false;
    return bool(stream.finish(out));
  };
  const auto longest = start.size() - 3;  // without its line ends
  for (const std::size_t piece : {1U, 7U, 4096U}) {
    CHECK(limited(longest, piece, answer));
    CHECK_FALSE(limited(200, piece, answer));
  }
}
