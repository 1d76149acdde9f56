#include "node-agent/engines/usage_watch.hpp"

#include <doctest/doctest.h>

using namespace weir;
using engines::UsageWatch;

namespace {

/// Feeds `text` in pieces of `size` bytes.
UsageWatch fed(bool stream, const std::string& text, std::size_t size = 7) {
  UsageWatch watch{stream};
  for (std::size_t at = 0; at < text.size(); at += size) {
    const auto piece = text.substr(at, size);
    watch.feed(std::as_bytes(std::span{piece.data(), piece.size()}));
  }
  return watch;
}

const std::string message_stream =
    "event: message_start\n"
    R"(data: {"type":"message_start","message":{"id":"m","usage":{"input_tokens":11,)"
    R"("cache_read_input_tokens":4,"output_tokens":1}}})"
    "\n\nevent: content_block_start\n"
    R"(data: {"type":"content_block_start","content_block":{"type":"text","text":""}})"
    "\n\nevent: ping\ndata: {\"type\":\"ping\"}\n\n";
const std::string message_delta =
    "event: content_block_delta\n"
    R"(data: {"type":"content_block_delta","delta":{"type":"text_delta","text":"a \"usage\" b"}})"
    "\n\n";
const std::string message_end =
    "event: message_delta\n"
    R"(data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},)"
    R"("usage":{"output_tokens":9}})"
    "\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";

}  // namespace

TEST_CASE("usage: Anthropic's stream says its input first and its output last") {
  std::string text = message_stream;
  CHECK(fed(true, text).usage().prompt == Tokens{15});
  for (int i = 0; i < 1'000; ++i) text += message_delta;
  text += message_end;
  for (const std::size_t size : {1, 7, 4'096}) {
    const auto usage = fed(true, text, size).usage();
    CHECK(usage.prompt == Tokens{15});
    CHECK(usage.completion == Tokens{9});
  }
}

TEST_CASE("usage: Anthropic's whole message, and OpenAI's whole completion") {
  const auto message = fed(false, R"({"type":"message","content":[{"type":"text","text":"x"}],)"
                                  R"("usage":{"input_tokens":3,"output_tokens":5}})");
  CHECK(message.usage().prompt == Tokens{3});
  CHECK(message.usage().completion == Tokens{5});
  const auto completion =
      fed(false, R"({"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4}})");
  CHECK(completion.usage().completion == Tokens{4});
  CHECK(fed(false, "not json \"output_tokens\"").usage().completion == Tokens{0});
}

TEST_CASE("usage: OpenAI's chunks carry a null until the last one, whose line may lack its end") {
  std::string text;
  for (int i = 0; i < 5; ++i)
    text += "data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}],\"usage\": null}\r\n\r\n";
  text += R"(data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":5}})";
  const auto watch = fed(true, text);
  CHECK(watch.usage().prompt == Tokens{3});
  CHECK(watch.usage().completion == Tokens{5});
  CHECK(watch.pieces() == 5);
}

TEST_CASE("usage: pieces of an answer are counted in both dialects, pings are none") {
  CHECK(fed(true, message_stream).pieces() == 1);  // its block begins
  CHECK(fed(true, message_stream + message_delta + message_delta).pieces() == 3);
  CHECK(fed(true, ": keep-alive\n\ndata: [DONE]\n\n").pieces() == 0);
}

TEST_CASE("usage: an endless line costs no memory and spoils only itself") {
  std::string text = "data: {\"delta\":\"" + std::string(3 * UsageWatch::line_bytes_max, 'x');
  text += "\"}\n\ndata: {\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n\n";
  const auto watch = fed(true, text, 1'000);
  CHECK(watch.usage().completion == Tokens{2});
  CHECK(watch.pieces() == 1);
}

TEST_CASE("usage: Ollama's stream is a document a line, its counts stand in the last one") {
  const std::string text =
      R"({"message":{"content":"say \"eval_count\":9"},"done":false})"
      "\n"
      R"({"message":{"content":"x"},"done":false})"
      "\n"
      R"({"message":{"content":""},"done":true,"prompt_eval_count":11,"eval_count":43})"
      "\n";
  for (const std::size_t piece : {1U, 7U, 1'000U}) {
    const auto watch = fed(true, text, piece);
    CHECK(watch.usage().prompt == Tokens{11});
    CHECK(watch.usage().completion == Tokens{43});
    CHECK(watch.pieces() == 2);
  }
}

TEST_CASE("usage: Ollama's last line tells its counts behind a context of any length") {
  std::string context;
  for (int i = 0; i < 20'000; ++i) context += "1,";
  const std::string last = R"({"response":"","done":true,"context":[)" + context +
                           R"(1],"total_duration":1,"prompt_eval_count":5,"eval_count":6})";
  for (const char* end : {"\n", ""}) {
    const auto watch = fed(true, last + end, 1'000);
    CHECK(watch.usage().prompt == Tokens{5});
    CHECK(watch.usage().completion == Tokens{6});
  }
}

TEST_CASE("usage: Ollama's whole answers, of a chat and of an embedding") {
  const auto chat = fed(false, R"({"message":{"content":"\"eval_count\":7"},"done":true,)"
                               R"("prompt_eval_count":11,"eval_count":1})");
  CHECK(chat.usage().prompt == Tokens{11});
  CHECK(chat.usage().completion == Tokens{1});
  const auto embedding = fed(false, R"({"embeddings":[[1]],"prompt_eval_count":3})");
  CHECK(embedding.usage().prompt == Tokens{3});
  CHECK(embedding.usage().completion == Tokens{0});
  CHECK(fed(false, R"({"eval_count":-4})").usage().completion == Tokens{0});
}
