// A request told in the other dialect and back says what it said: seeded random requests of what
// both dialects can say.
#include "schema/dialect/anthropic.hpp"

#include <doctest/doctest.h>
#include <random>
#include <string>

namespace {

using namespace weir;
using namespace weir::dialect;

/// Makes requests in the form that translating normalises to: the system prompt first, roles that
/// alternate, one text as a string.
class Maker {
 public:
  explicit Maker(std::uint32_t seed) : random_{seed} {}

  json::Object request() {
    json::Array messages;
    if (flip()) messages.emplace_back(json::object("role", "system", "content", texts()));
    const auto turns = 1 + below(4);
    for (std::uint32_t i = 0; i < turns; ++i) {
      messages.emplace_back(json::object("role", "user", "content", user_content()));
      if (i + 1 < turns || flip()) assistant(messages);
    }
    auto body = json::object("model", "m", "messages", std::move(messages));
    if (flip()) json::put(body, "temperature", json::Number{flip() ? "0.70" : "1"});
    if (flip()) json::put(body, "top_p", json::Number{"0.25"});
    if (flip()) json::put(body, "top_k", json::Value::of(below(100)));
    if (flip()) json::put(body, "stop", json::Array{json::Value{word()}, json::Value{word()}});
    json::put(body, "max_tokens", json::Value::of(1 + below(9999)));
    if (flip())
      json::put(body, "stream", true, "stream_options", json::object("include_usage", true));
    if (flip()) tools(body);
    if (flip()) json::put(body, "user", word());
    return body;
  }

 private:
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }
  bool flip() { return below(2) == 0; }

  std::string word() {
    static const std::string pieces[] = {"a",  "\"", "\\", "\n", "é", "漢",   "😀",
                                         "\t", "{}", " ",  "0",  "/", "\x01", "data:"};
    std::string text{"w"};
    for (auto left = below(6); left > 0; --left) text += pieces[below(14)];
    return text;
  }
  json::Value text() { return json::object("type", "text", "text", word()); }
  json::Value texts() {
    if (flip()) return word();
    return json::Array{text(), text()};
  }
  json::Value image() {
    const char* url = flip() ? "data:image/png;base64,aGk=" : "https://x/y?z=1";
    return json::object("type", "image_url", "image_url", json::object("url", url));
  }
  json::Value user_content() {
    if (flip()) return texts();
    return json::Array{image(), text()};
  }

  json::Value tree(int depth) {
    switch (below(depth > 3 ? 4 : 6)) {
      case 0:
        return word();
      case 1:
        return json::Number{"1.50"};
      case 2:
        return flip();
      case 3:
        return {};
      case 4:
        return json::Array{tree(depth + 1), tree(depth + 1)};
      default:
        return json::object(word() + "1", tree(depth + 1), word() + "2", tree(depth + 1));
    }
  }

  void assistant(json::Array& messages) {
    if (flip()) {
      messages.emplace_back(json::object("role", "assistant", "content", texts()));
      return;
    }
    json::Array calls, results;
    const auto count = 1 + below(3);
    for (std::uint32_t i = 0; i < count; ++i) {
      const auto id = "call_" + std::to_string(below(1000)) + std::to_string(i);
      const auto arguments = json::text_of(json::object("a", tree(0)));
      calls.emplace_back(json::object("id", id, "type", "function", "function",
                                      json::object("name", "f", "arguments", arguments)));
      results.emplace_back(json::object("role", "tool", "tool_call_id", id, "content", texts()));
    }
    messages.emplace_back(json::object("role", "assistant", "content",
                                       flip() ? json::Value{} : texts(), "tool_calls",
                                       std::move(calls)));
    for (auto& result : results) messages.push_back(std::move(result));
  }

  void tools(json::Object& body) {
    auto function = json::object("name", "f");
    if (flip()) json::put(function, "description", word());
    json::put(function, "parameters", json::object("type", "object", "properties", tree(0)));
    if (flip()) json::put(function, "strict", true);
    json::put(body, "tools",
              json::Array{json::object("type", "function", "function", std::move(function))});
    if (flip()) json::put(body, "parallel_tool_calls", false);
    const auto choice = below(4);
    if (choice == 0) json::put(body, "tool_choice", "auto");
    if (choice == 1) json::put(body, "tool_choice", "required");
    if (choice == 2)
      json::put(body, "tool_choice",
                json::object("type", "function", "function", json::object("name", "f")));
    // OpenAI's dialect says "one at most" by itself, Anthropic's within a choice.
    if (choice == 3 && json::find(body, "parallel_tool_calls") != nullptr)
      json::put(body, "tool_choice", "auto");
  }

  std::mt19937 random_;
};

}  // namespace

TEST_CASE("round trip: OpenAI's request in Anthropic's dialect and back says what it said") {
  const WriteRules cloud{.model = "m"};
  const WriteRules own{.model = "m", .cloud = false, .output_tokens_default = 0};
  for (std::uint32_t seed = 1; seed <= 500; ++seed) {
    CAPTURE(seed);
    const auto body = json::text_of(Maker{seed}.request());
    auto first = openai::read_chat(body);
    REQUIRE_MESSAGE(first.request, body << first.refused.param);
    const auto there = anthropic::write_chat(std::move(*first.request), cloud);
    REQUIRE_MESSAGE(there.body, body << there.refused.param);
    auto second = anthropic::read_chat(*there.body);
    REQUIRE_MESSAGE(second.request, *there.body << second.refused.param);
    const auto back = openai::write_chat(std::move(*second.request), own);
    REQUIRE(back.body);
    CHECK(*back.body == body);
  }
}

TEST_CASE("round trip: Anthropic's request in its own dialect again says what it said") {
  const WriteRules cloud{.model = "m"};
  for (std::uint32_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    auto first = openai::read_chat(json::text_of(Maker{seed}.request()));
    REQUIRE(first.request);
    const auto body = *anthropic::write_chat(std::move(*first.request), cloud).body;
    auto read = anthropic::read_chat(body);
    REQUIRE(read.request);
    CHECK(*anthropic::write_chat(std::move(*read.request), cloud).body == body);
  }
}

TEST_CASE("round trip: an answer in Anthropic's dialect and back keeps texts, calls and counts") {
  const anthropic::AnswerRules rules{.model = "m", .id = "id", .created_unix_s = 7};
  const std::string body =
      R"({"id":"id","object":"chat.completion","created":7,"model":"m","choices":[{"index":0,)"
      R"("message":{"role":"assistant","content":"é\n","tool_calls":[{"id":"c","type":"function",)"
      R"("function":{"name":"f","arguments":"{\"a\":[1.50,null]}"}}]},"logprobs":null,)"
      R"("finish_reason":"tool_calls"}],"usage":{"prompt_tokens":9,"completion_tokens":2,)"
      R"("total_tokens":11,"prompt_tokens_details":{"cached_tokens":4}}})";
  const auto there = anthropic::from_openai(body, rules);
  REQUIRE(there);
  CHECK(anthropic::to_openai(there->body, rules)->body == body);
}
