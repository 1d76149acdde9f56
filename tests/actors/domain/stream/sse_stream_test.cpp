#include "actors/domain/stream/sse_stream.hpp"

#include "tests/actors/domain/stream/run_stream.hpp"

#include <doctest/doctest.h>
#include <string>
#include <vector>

namespace {

using namespace weir;
using domain::SseStream;

const std::string hello =
    R"({"id":"1","model":"m","choices":[{"index":0,"delta":{"content":"grüß 漢 😀"},)"
    R"("finish_reason":null}]})";
const std::string stop =
    R"({"id":"1","model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})";
const std::string usage_alone =
    R"({"id":"1","model":"m","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":5}})";

std::string data(const std::string& json) { return "data: " + json + "\n\n"; }

std::string renamed(std::string json) {
  for (auto at = json.find(R"("model":"m")"); at != std::string::npos;
       at = json.find(R"("model":"m")", at))
    json.replace(at, 11, R"("model":"auto")");
  return json;
}

/// Feeds `pieces` in turn and finishes.
test::Run run(const std::vector<std::string>& pieces, bool keep_usage = false) {
  SseStream stream{{"auto", keep_usage}};
  return test::run_stream(stream, pieces, "data: [DONE]\n\n");
}

}  // namespace

TEST_CASE("sse stream: a whole stream passes, renamed, with its usage noted and removed") {
  const auto r = run({data(hello) + data(stop) + data(usage_alone) + data("[DONE]")});
  CHECK(r.ok);
  CHECK(r.out == data(renamed(hello)) + data(renamed(stop)) + data("[DONE]"));
  REQUIRE(r.usage);
  CHECK((r.usage->prompt == Tokens{3} && r.usage->completion == Tokens{5}));
}

TEST_CASE("sse stream: usage that the client asked for stays") {
  const auto r = run({data(hello) + data(stop) + data(usage_alone) + data("[DONE]")}, true);
  CHECK(r.out ==
        data(renamed(hello)) + data(renamed(stop)) + data(renamed(usage_alone)) + data("[DONE]"));
}

TEST_CASE("sse stream: usage beside choices is cut out of its chunk") {
  const std::string with =
      R"({"model":"m","usage":{"prompt_tokens":1,"completion_tokens":2},"choices":[{}]})";
  const std::string null = R"({"model":"m","choices":[{}],"usage":null})";
  const std::string bare = R"({"model":"auto","choices":[{}]})";
  const auto r = run({data(with) + data(null) + data(stop)});
  CHECK(r.out == data(bare) + data(bare) + data(renamed(stop)) + data("[DONE]"));
  CHECK(r.usage->completion == Tokens{2});
  CHECK(run({data(with) + data(null) + data(stop)}, true).out ==
        data(renamed(with)) + data(renamed(null)) + data(renamed(stop)) + data("[DONE]"));
}

TEST_CASE("sse stream: split at every byte, also inside characters, the answer is the same") {
  for (const std::string end : {"\n", "\r\n", "\r"}) {
    std::string text = "\xEF\xBB\xBF: hello" + end + end + "event: x" + end;
    for (const auto& json : {hello, stop, usage_alone, std::string{"[DONE]"}})
      text += "data:" + json + end + end;
    const auto whole = run({text});
    CHECK(whole.ok);
    CHECK(whole.out == "event: x\n" + data(renamed(hello)) + data(renamed(stop)) + data("[DONE]"));
    std::vector<std::string> bytes;
    for (const char c : text) bytes.emplace_back(1, c);
    CHECK(run(bytes).out == whole.out);
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
      const auto two = run({text.substr(0, cut), text.substr(cut)});
      CHECK((two.ok && two.out == whole.out && two.usage));
    }
  }
}

TEST_CASE("sse stream: only whole events leave, and begun tells when the first has left") {
  SseStream stream{{"auto", false}};
  std::string out;
  const auto event = data(hello);
  CHECK(stream.feed(": comment\n\n" + event.substr(0, event.size() - 1), out));
  CHECK(out.empty());
  CHECK_FALSE(stream.begun());
  CHECK(stream.feed("\n", out));
  CHECK(out == data(renamed(hello)));
  CHECK(stream.begun());
  CHECK_FALSE(stream.done());
}

TEST_CASE("sse stream: comments and unknown fields are dropped, event names pass") {
  const auto r = run({": keep-alive\n\nid: 7\nretry: 10\nnonsense\nevent: delta\ndata: " + hello +
                      "\n\nevent: alone\n\n" + data(stop)});
  CHECK(r.out == "event: delta\n" + data(renamed(hello)) + data(renamed(stop)) + data("[DONE]"));
}

TEST_CASE("sse stream: an event of several data lines leaves as one line of the same JSON") {
  const auto r = run(
      {"data: {\"model\":\"m\",\ndata:\"choices\":\ndata: [{\"finish_reason\":\"stop\"}]}\n\n"});
  CHECK(r.ok);
  CHECK(r.out ==
        data(R"({"model":"auto", "choices": [{"finish_reason":"stop"}]})") + data("[DONE]"));
}

TEST_CASE("sse stream: [DONE] is added where the engine left it out after an end") {
  CHECK(run({data(hello) + data(stop)}).out ==
        data(renamed(hello)) + data(renamed(stop)) + data("[DONE]"));
  CHECK(run({data(hello) + data(usage_alone)}).out == data(renamed(hello)) + data("[DONE]"));
  CHECK(run({data(stop) + "data: [DONE]"}).out == data(renamed(stop)) + data("[DONE]"));
  CHECK(run({data(stop) + "data: [DONE]\n"}).out == data(renamed(stop)) + data("[DONE]"));
  CHECK(run({"data: " + stop}).out == data(renamed(stop)) + data("[DONE]"));
}

TEST_CASE("sse stream: what ends in the middle is the engine's failure") {
  for (const auto& text : {std::string{}, std::string{": x\n\n"}, data(hello),
                           data(hello) + "data: {\"model\":", data(hello) + "data: [DO"}) {
    const auto r = run({text});
    CHECK_MESSAGE(!r.ok, text);
    CHECK(r.code == Code::upstream_failed);
    CHECK(r.out.find("[DONE]") == std::string::npos);
  }
}

TEST_CASE("sse stream: what follows [DONE] is dropped, and finish adds nothing twice") {
  SseStream stream{{"auto", false}};
  std::string out;
  CHECK(stream.feed(data("[DONE]") + data("[DONE]") + data(hello), out));
  CHECK(stream.finish(out));
  CHECK(stream.finish(out));
  CHECK(out == data("[DONE]"));
  CHECK(stream.done());
}

TEST_CASE("sse stream: an engine's error passes, fails the stream and ends what is forwarded") {
  const std::string error = R"({"error":{"message":"overloaded","code":500}})";
  for (const std::string& event : {data(error), "event: error\n" + data(R"({"message":"x"})"),
                                   data(R"({"object":"error","message":"x"})")}) {
    SseStream stream{{"auto", false}};
    std::string out;
    CHECK(stream.feed(data(hello) + event + data(hello) + data("[DONE]"), out));
    CHECK(out == data(renamed(hello)) + event);
    CHECK(stream.error_forwarded());
    const auto end = stream.finish(out);
    REQUIRE_FALSE(end);
    CHECK(end.error().code == Code::upstream_failed);
    CHECK(out == data(renamed(hello)) + event);
  }
}

TEST_CASE("sse stream: data that is not a JSON object fails the stream for good") {
  for (const char* bad : {"hello", "[]", "{", "{}x", "\"x\"", "{\"a\":\"\xFF\"}", "<html>"}) {
    SseStream stream{{"auto", false}};
    std::string out;
    const auto r = stream.feed(data(hello) + data(bad), out);
    REQUIRE_MESSAGE(!r, bad);
    CHECK(r.error().code == Code::upstream_failed);
    CHECK(r.error().detail.find("hello") == std::string::npos);
    CHECK(out == data(renamed(hello)));
    CHECK_FALSE(stream.feed(data(stop), out));
    CHECK_FALSE(stream.finish(out));
    CHECK(out == data(renamed(hello)));
  }
}

TEST_CASE("sse stream: an event may fill its limit and not exceed it, however it arrives") {
  const std::string json = R"({"choices":[{"finish_reason":"stop"}]})";
  const auto limited = [&](std::size_t limit, std::size_t piece, const std::string& text) {
    SseStream stream{{"auto", false, limit}};
    std::string out;
    for (std::size_t at = 0; at < text.size(); at += piece)
      if (!stream.feed(text.substr(at, piece), out)) return false;
    return bool(stream.finish(out));
  };
  const auto line = ("data: " + json).size();
  for (const std::size_t piece : {1U, 7U, 4096U}) {
    CHECK(limited(line, piece, data(json)));
    CHECK_FALSE(limited(line - 1, piece, data(json)));
    CHECK(limited(line, piece, data(json) + data(json)));
    CHECK_FALSE(limited(100, piece, std::string(1000, 'x')));
    CHECK_FALSE(limited(100, piece, ": " + std::string(1000, 'x') + "\n"));
    std::string lines;
    for (int i = 0; i < 200; ++i) lines += "data: \n";
    CHECK_FALSE(limited(100, piece, lines));
  }
}

TEST_CASE("sse stream: a client's model name is escaped, a chunk without a model stays without") {
  SseStream stream{{"a\"b\n", false}};
  std::string out;
  CHECK(stream.feed(data(R"({"model":"m","choices":[{}]})") + data(R"({"choices":[{}]})"), out));
  CHECK(out == data(R"({"model":"a\"b\n","choices":[{}]})") + data(R"({"choices":[{}]})"));
}

TEST_CASE("sse event: one line, whatever line feeds stand between the tokens") {
  CHECK(domain::sse_event("{\"a\":\n1}") == "data: {\"a\": 1}\n\n");
}
