// How llama-server goes on from a text: what is asked of it, and what becomes of its answer.
#include "node-agent/engines/continuation.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <vector>

using namespace weir;
using namespace weir::engines;
using nlohmann::json;

namespace {

/// The `data:` of each event, the last of them "[DONE]" where it came.
std::vector<std::string> data_of(const std::string& events) {
  std::vector<std::string> all;
  for (std::size_t at = 0; at < events.size();) {
    const auto end = events.find("\n\n", at);
    REQUIRE(end != std::string::npos);
    REQUIRE(events.substr(at, 6) == "data: ");
    all.push_back(events.substr(at + 6, end - at - 6));
    at = end + 2;
  }
  return all;
}

}  // namespace

TEST_CASE("continuation: the chat becomes a raw completion of prompt and prefix") {
  const auto body = completion_body(
      R"({"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true,"seed":7,
          "stream_options":{"include_usage":true},"max_completion_tokens":10,"n":1})",
      "<user>hi", "so far", 4);
  REQUIRE(body);
  const auto request = json::parse(body->value());
  CHECK(request["prompt"] == "<user>hiso far");
  CHECK(request["max_tokens"] == 6);
  CHECK(request["seed"] == 7);
  CHECK(request["stream"] == true);
  CHECK(request["stream_options"]["include_usage"] == true);
  CHECK_FALSE(request.contains("messages"));
  CHECK_FALSE(request.contains("max_completion_tokens"));
}

TEST_CASE("continuation: without a limit none is set; a reached one leaves nothing to say") {
  const auto free = completion_body(R"({"messages":[],"max_tokens":0})", "p", "x", 4);
  CHECK_FALSE(json::parse(free->value()).contains("max_tokens"));
  CHECK_FALSE(completion_body(R"({"messages":[],"max_tokens":4})", "p", "x", 4)->has_value());
  CHECK_FALSE(completion_body("[]", "p", "x", 1));
  const auto events = data_of(TextToChat::at_limit());
  REQUIRE(events.size() == 2);
  CHECK(json::parse(events[0])["choices"][0]["finish_reason"] == "length");
  CHECK(events[1] == "[DONE]");
}

TEST_CASE("continuation: a completion's stream becomes a chat's, split at any byte") {
  const std::string raw =
      "data: {\"choices\":[{\"text\":\" w\xC3\xB6rld\",\"index\":0,\"finish_reason\":null}]}\r\n"
      "\r\ndata: {\"choices\":[{\"text\":\"\",\"index\":0,\"finish_reason\":\"stop\"}],"
      "\"usage\":{\"completion_tokens\":3,\"prompt_tokens\":16}}\n\ndata: [DONE]\n\n";
  for (std::size_t step = 1; step <= raw.size(); ++step) {
    CAPTURE(step);
    TextToChat converter{5};
    std::string out;
    for (std::size_t at = 0; at < raw.size(); at += step)
      REQUIRE(converter.feed(std::string_view{raw}.substr(at, step), out));
    const auto events = data_of(out);
    REQUIRE(events.size() == 4);
    const auto first = json::parse(events[0]);
    CHECK(first["object"] == "chat.completion.chunk");
    CHECK(first["choices"][0]["delta"] == json{{"content", " w\xC3\xB6rld"}});
    CHECK(json::parse(events[1])["choices"][0]["finish_reason"] == "stop");
    CHECK(json::parse(events[2])["usage"] ==
          json{{"prompt_tokens", 11}, {"completion_tokens", 8}, {"total_tokens", 19}});
    CHECK(events[3] == "[DONE]");
  }
}

TEST_CASE("continuation: an error, nonsense and a line without an end are failures") {
  std::string out;
  CHECK_FALSE(TextToChat{0}.feed("data: {\"error\":{\"message\":\"x\"}}\n", out));
  CHECK_FALSE(TextToChat{0}.feed("data: [1]\n", out));
  CHECK_FALSE(TextToChat{0}.feed(std::string(TextToChat::line_bytes_max + 1, 'x'), out));
  CHECK(out.empty());
}

TEST_CASE("continuation: what the server says of prompts and tokens is read with care") {
  CHECK(rendered_prompt(R"({"prompt":"p"})") == "p");
  CHECK(token_count(R"({"tokens":[1,2,3]})") == 3);
  for (const std::string wrong : {"", "[]", "{}", R"({"prompt":1,"tokens":{}})"}) {
    CAPTURE(wrong);
    CHECK_FALSE(rendered_prompt(wrong));
    CHECK_FALSE(token_count(wrong));
  }
  CHECK(json::parse(tokenize_body("a\"b"))["content"] == "a\"b");
}
