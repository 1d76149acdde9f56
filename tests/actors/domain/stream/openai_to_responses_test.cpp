#include "actors/domain/stream/openai_to_responses.hpp"

#include "tests/actors/domain/stream/chunks.hpp"
#include "tests/actors/domain/stream/run_stream.hpp"

#include <doctest/doctest.h>
#include <string>
#include <vector>

namespace {

using namespace weir;
using namespace weir::test;

test::Run run(const std::vector<std::string>& pieces,
              std::size_t limit = domain::event_bytes_max_default) {
  domain::OpenAiToResponses stream{{.model = "auto", .id = "resp_1", .created_unix_s = 5}, limit};
  return test::run_stream(stream, pieces);
}

/// Each event's name, and what stands between its sequence number and its end, shortened where a
/// whole Response stands.
std::vector<std::string> events(const std::string& out) {
  std::vector<std::string> found;
  for (std::size_t at = 0; at < out.size();) {
    const auto end = out.find("\n\n", at);
    REQUIRE(end != std::string::npos);
    const auto event = out.substr(at, end - at);
    at = end + 2;
    const auto line = event.find('\n');
    const auto name = event.substr(7, line - 7);
    const auto head = "event: " + name + "\ndata: {\"type\":\"" + name + R"(","sequence_number":)" +
                      std::to_string(found.size()) + ",";
    REQUIRE_MESSAGE(event.starts_with(head), event);
    const auto rest = event.substr(head.size(), event.size() - head.size() - 1);
    found.push_back(rest.starts_with(R"("response":)") ? name : name + " " + rest);
  }
  return found;
}

const std::string all = role + content("Hé") + content("llo") + finish("stop") + usage + done;

}  // namespace

TEST_CASE("responses stream: a text answer") {
  const auto r = run({all});
  CHECK(r.ok);
  const std::string place = R"("item_id":"msg_1_0","output_index":0,"content_index":0,)";
  const std::string part =
      R"({"type":"output_text","text":"Héllo","annotations":[],"logprobs":[]})";
  CHECK(
      events(r.out) ==
      std::vector<std::string>{
          "response.created", "response.in_progress",
          R"(response.output_item.added "output_index":0,"item":{"id":"msg_1_0","type":"message",)"
          R"("status":"in_progress","role":"assistant","content":[]})",
          "response.content_part.added " + place +
              R"("part":{"type":"output_text","text":"","annotations":[],"logprobs":[]})",
          "response.output_text.delta " + place + R"("delta":"Hé","logprobs":[])",
          "response.output_text.delta " + place + R"("delta":"llo","logprobs":[])",
          "response.output_text.done " + place + R"("text":"Héllo","logprobs":[])",
          "response.content_part.done " + place + R"("part":)" + part,
          R"(response.output_item.done "output_index":0,"item":{"id":"msg_1_0","type":"message",)"
          R"("status":"completed","role":"assistant","content":[)" +
              part + "]}",
          "response.completed"});
  REQUIRE(r.usage);
  CHECK((r.usage->prompt == Tokens{7} && r.usage->completion == Tokens{3}));
  CHECK(r.out.find(R"("usage":{"input_tokens":7,)") != std::string::npos);
  CHECK(r.out.find(R"("output":[{"id":"msg_1_0","type":"message","status":"completed")") !=
        std::string::npos);
}

TEST_CASE("responses stream: calls that interleave, each an item of its own") {
  const auto r = run({role + content("t") + opens(0, "c0", "f") + goes_on(0, R"({\"a\")") +
                      opens(1, "", "g") + goes_on(0, ":1}") + finish("tool_calls") + usage + done});
  CHECK(r.ok);
  const auto told = events(r.out);
  REQUIRE(told.size() == 18);
  const std::string first = R"("item_id":"fc_1_1","output_index":1,)";
  CHECK(told[8] == R"(response.output_item.added "output_index":1,"item":{"id":"fc_1_1",)"
                   R"("type":"function_call","status":"in_progress","call_id":"c0","name":"f",)"
                   R"("arguments":""})");
  CHECK(told[9] == "response.function_call_arguments.delta " + first + R"("delta":"{\"a\"")");
  CHECK(told[10].starts_with(R"(response.output_item.added "output_index":2,)"));
  CHECK(told[11] == "response.function_call_arguments.delta " + first + R"("delta":":1}")");
  CHECK(told[12] ==
        "response.function_call_arguments.done " + first + R"("name":"f","arguments":"{\"a\":1}")");
  CHECK(told[14] == R"(response.function_call_arguments.delta "item_id":"fc_1_2",)"
                    R"("output_index":2,"delta":"{}")");
  CHECK(told[16] == R"(response.output_item.done "output_index":2,"item":{"id":"fc_1_2",)"
                    R"("type":"function_call","status":"completed","call_id":"call_1_2",)"
                    R"("name":"g","arguments":"{}"})");
  CHECK(told[17] == "response.completed");
}

TEST_CASE("responses stream: text behind a call is a message of its own, a refusal a part") {
  const auto r = run({content("a") + chunk(R"({"refusal":"no"})") + opens(0, "c", "f", "{}") +
                      content("b") + finish("stop") + usage});
  CHECK(r.ok);
  CHECK(r.out.find(R"("output":[{"id":"msg_1_0","type":"message","status":"completed",)"
                   R"("role":"assistant","content":[{"type":"output_text","text":"a",)"
                   R"("annotations":[],"logprobs":[]},{"type":"refusal","refusal":"no"}]},)"
                   R"({"id":"fc_1_1","type":"function_call","status":"completed","call_id":"c",)"
                   R"("name":"f","arguments":"{}"},{"id":"msg_1_2",)") != std::string::npos);
  CHECK(r.out.find(R"("content_index":1,"delta":"no")") != std::string::npos);
}

TEST_CASE("responses stream: a limit makes it incomplete, nothing at all an empty text") {
  const auto cut = run({content("a") + finish("length") + usage});
  CHECK(cut.ok);
  CHECK(events(cut.out).back() == "response.incomplete");
  CHECK(cut.out.find(R"("incomplete_details":{"reason":"max_output_tokens"})") !=
        std::string::npos);
  const auto nothing = run({done});
  CHECK(nothing.ok);
  CHECK(nothing.out.find(R"("text":"","annotations":[])") != std::string::npos);
}

TEST_CASE("responses stream: split at every byte the answer is the same, cut off it is a failure") {
  const std::string mixed = role + content("é漢😀") + opens(0, "c1", "f") +
                            goes_on(0, R"({\"a\":)") + opens(1, "c2", "g", "{}") +
                            goes_on(0, "1}") + finish("tool_calls") + usage + done;
  const auto whole = run({mixed});
  CHECK(whole.ok);
  CHECK(run(bytes_of(mixed)).out == whole.out);
  for (std::size_t cut = 0; cut <= mixed.size(); cut += 3)
    CHECK(run({mixed.substr(0, cut), mixed.substr(cut)}).out == whole.out);
  const auto told = (role + content("Hé") + content("llo") + finish("stop")).size() - 2;
  for (std::size_t cut = 0; cut < all.size(); ++cut) {
    const auto r = run({all.substr(0, cut)});
    if (cut < told) CHECK_MESSAGE((!r.ok && r.code == Code::upstream_failed), cut);
  }
}

TEST_CASE("responses stream: an engine's error is told, nonsense fails") {
  const auto r = run({content("a") + data(R"({"error":{"message":"boom"}})")});
  CHECK_FALSE(r.ok);
  CHECK(r.forwarded);
  CHECK(r.out.find("event: error\ndata: {\"type\":\"error\",\"sequence_number\":5,") !=
        std::string::npos);
  for (const std::string bad : {"x", "[]", "1"}) CHECK_FALSE(run({data(bad)}).ok);
  CHECK_FALSE(run({chunk(R"({"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]})")}).ok);
  CHECK_FALSE(run({content(std::string(200, 'x'))}, 100).ok);
  std::string many;
  for (int i = 0; i < 129; ++i) many += opens(i, "c" + std::to_string(i), "f");
  CHECK_FALSE(run({many}).ok);
}
