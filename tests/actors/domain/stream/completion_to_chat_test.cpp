#include "actors/domain/stream/completion_to_chat.hpp"
#include "tests/actors/domain/stream/run_stream.hpp"

#include <doctest/doctest.h>

using namespace weir;
using weir::domain::CompletionToChat;
using weir::test::run_stream;

namespace {

const std::string text =
    "data: {\"object\":\"text_completion\",\"choices\":[{\"index\":0,\"text\":\"h\xc3\xa9\","
    "\"finish_reason\":null}]}\n\n";
const std::string stop =
    "data: {\"object\":\"text_completion\",\"choices\":[{\"index\":0,\"text\":\"\","
    "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":2,\"completion_tokens\":1}}\n\n";
const std::string done = "data: [DONE]\n\n";
const std::string text_chat =
    "data: {\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":"
    "{\"role\":\"assistant\",\"content\":\"h\xc3\xa9\"},\"finish_reason\":null}]}\n\n";
const std::string stop_chat =
    "data: {\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":"
    "{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":\"stop\"}],"
    "\"usage\":{\"prompt_tokens\":2,\"completion_tokens\":1}}\n\n";

}  // namespace

TEST_CASE("completion to chat: texts become deltas, cut anywhere") {
  const auto all = text + stop + done;
  for (std::size_t cut = 0; cut <= all.size(); ++cut) {
    CompletionToChat stream;
    const auto run =
        run_stream(stream, {all.substr(0, cut), all.substr(cut)}, domain::openai_last_event);
    REQUIRE(run.ok);
    REQUIRE(run.out == text_chat + stop_chat + done);
    REQUIRE(run.usage);
    CHECK(run.usage->completion == Tokens{1});
  }
}

TEST_CASE("completion to chat: a missing [DONE] is made up for, a missing end is not") {
  CompletionToChat whole;
  CHECK(run_stream(whole, {text + stop}, domain::openai_last_event).out ==
        text_chat + stop_chat + done);
  CompletionToChat cut;
  const auto run = run_stream(cut, {text}, domain::openai_last_event);
  CHECK_FALSE(run.ok);
  CHECK(run.code == Code::upstream_failed);
}

TEST_CASE("completion to chat: an engine's error passes, and nonsense fails") {
  CompletionToChat error;
  const auto told = run_stream(error, {"event: error\ndata: {\"error\":{\"message\":\"x\"}}\n\n"},
                               domain::openai_last_event);
  CHECK(told.forwarded);
  CHECK(told.out == "event: error\ndata: {\"error\":{\"message\":\"x\"}}\n\n");
  CompletionToChat odd;
  CHECK_FALSE(run_stream(odd, {"data: 3\n\n"}, domain::openai_last_event).ok);
}
