#include "actors/domain/stream/anthropic_stream.hpp"

#include "tests/actors/domain/stream/run_stream.hpp"

#include <doctest/doctest.h>
#include <string>
#include <vector>

namespace {

using namespace weir;

std::string named(const std::string& name, const std::string& json) {
  return "event: " + name + "\ndata: " + json + "\n\n";
}
std::string start(const std::string& model) {
  return named("message_start",
               R"({"type":"message_start","message":{"id":"msg_1","type":"message","model":)" +
                   model +
                   R"(,"content":[],"usage":{"input_tokens":25,"cache_read_input_tokens":5,)"
                   R"("output_tokens":1}}})");
}
const std::string ping = named("ping", R"({"type": "ping"})");
const std::string block =
    named("content_block_start",
          R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})");
const std::string text =
    named("content_block_delta", R"({"type":"content_block_delta","index":0,)"
                                 R"("delta":{"type":"text_delta","text":"Gr\u00fc\u00df 漢 😀"}})");
const std::string block_end =
    named("content_block_stop", R"({"type":"content_block_stop","index":0})");
const std::string reason =
    named("message_delta",
          R"({"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},)"
          R"("usage":{"output_tokens":15}})");
const std::string last = named("message_stop", R"({"type":"message_stop"})");
const std::string unknown = named("news", R"({"type":"news","x":1.50})");

test::Run run(const std::vector<std::string>& pieces) {
  domain::AnthropicStream stream{"asked"};
  return test::run_stream(stream, pieces, domain::anthropic_last_event);
}

}  // namespace

TEST_CASE("own anthropic stream: only the model is renamed, usage is noted, all else passes") {
  const auto r =
      run({start(R"("claude")") + ping + block + text + unknown + block_end + reason + last});
  CHECK(r.ok);
  CHECK(r.out == start(R"("asked")") + ping + block + text + unknown + block_end + reason + last);
  REQUIRE(r.usage);
  CHECK((r.usage->prompt == Tokens{30} && r.usage->completion == Tokens{15}));
}

TEST_CASE("own anthropic stream: split at every byte, also inside characters, it is the same") {
  const auto all = start(R"("claude")") + block + text + block_end + reason + last;
  const auto whole = run({all});
  for (std::size_t cut = 0; cut <= all.size(); ++cut)
    CHECK(run({all.substr(0, cut), all.substr(cut)}).out == whole.out);
}

TEST_CASE("own anthropic stream: a ping before the message does not begin the answer") {
  domain::AnthropicStream stream{"asked"};
  std::string out;
  CHECK(stream.feed(ping, out));
  CHECK(out.empty());
  CHECK_FALSE(stream.begun());
}

TEST_CASE("own anthropic stream: an end behind the stop_reason is whole, before it a failure") {
  const auto whole = run({start(R"("claude")") + reason});
  CHECK(whole.ok);
  CHECK(whole.out.ends_with(reason + last));
  for (const auto& cut : {std::string{}, start(R"("m")"), start(R"("m")") + block + text,
                          start(R"("m")") + block + text + block_end + last}) {
    const auto broken = run({cut});
    CHECK_FALSE(broken.ok);
    CHECK(broken.code == Code::upstream_failed);
    CHECK(broken.out.find("message_stop") == std::string::npos);
  }
}

TEST_CASE("own anthropic stream: an error of the engine's passes as it is and ends the answer") {
  const auto error =
      named("error", R"({"type":"error","error":{"type":"overloaded_error","message":"busy"}})");
  const auto r = run({start(R"("claude")") + error + text});
  CHECK_FALSE(r.ok);
  CHECK(r.forwarded);
  CHECK(r.out == start(R"("asked")") + error);
  CHECK(run({error}).forwarded);
}

TEST_CASE("own anthropic stream: what breaks the dialect is a failure") {
  for (const auto& bad :
       {std::string{"data: {not json\n\n"}, std::string{"data: [1]\n\n"},
        std::string{"data: {\"model\":\"m\"}\n\n"}, text, start(R"("m")") + start(R"("m")"),
        named("message_start", R"({"type":"message_start"})"),
        named("message_start", R"({"type":"message_start","message":1})")}) {
    const auto r = run({bad});
    CHECK_FALSE_MESSAGE(r.ok, bad);
    CHECK(r.code == Code::upstream_failed);
    CHECK_FALSE(r.forwarded);
  }
}

TEST_CASE("own anthropic stream: a stop sequence that the engine names is the stop_reason") {
  const auto delta = [](const std::string& why) {
    return named("message_delta", R"({"type":"message_delta","delta":{"stop_reason":")" + why +
                                      R"(","stop_sequence":"END"},"usage":{"output_tokens":2}})");
  };
  const auto r = run({start(R"("m")") + delta("end_turn") + last});
  CHECK(r.ok);
  CHECK(r.out == start(R"("asked")") + delta("stop_sequence") + last);
  const auto limit = run({start(R"("m")") + delta("max_tokens") + last});
  CHECK(limit.out == start(R"("asked")") + delta("max_tokens") + last);
}
