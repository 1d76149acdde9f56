// Ten thousand random answers, cut anywhere, restore exactly.
#include "actors/domain/stream/restoring.hpp"
#include "tests/actors/domain/stream/restoring_world.hpp"

#include <algorithm>

namespace {

using namespace weir;
using namespace weir::test;

/// Shorter streams are cut at every byte, the first few of them.
constexpr std::size_t small_bytes = 3000;

/// A stream, and the texts that the client is to get.
struct Answer {
  std::string bytes;
  Texts texts;
};

bool is_json(const std::string& place) {
  return place.find("call") != std::string::npos || place.ends_with("partial_json");
}

/// Compares; arguments by what they say.
bool same(const Texts& got, const Texts& meant) {
  for (const auto& [place, text] : meant) {
    const auto at = got.find(place);
    if (at == got.end()) {
      if (!text.empty()) return false;
    } else if (is_json(place)) {
      const auto parsed = json::parse(at->second);
      if (!parsed.value || json::text_of(*parsed.value) != text) return false;
    } else if (at->second != text) {
      return false;
    }
  }
  return std::all_of(got.begin(), got.end(), [&meant](const auto& each) {
    return each.second.empty() || meant.count(each.first) == 1;
  });
}

using Lists = std::vector<std::pair<std::string, std::deque<std::string>>>;

void add(RestoringWorld& world, Answer& answer, Lists& lists, const std::string& place,
         std::size_t pieces) {
  auto saying = is_json(place) ? world.arguments(pieces) : world.text(pieces);
  lists.emplace_back(place, world.deltas(saying.said));
  answer.texts[place] = std::move(saying.meant);
}

std::string openai_delta(RestoringWorld& world, const std::string& key, const std::string& piece) {
  if (key.starts_with("call "))
    return R"({"tool_calls":[{"index":)" + key.substr(5) + R"(,"function":{"arguments":)" +
           world.quoted(piece) + "}}]}";
  if (key == "function_call")
    return R"({"function_call":{"arguments":)" + world.quoted(piece) + "}}";
  return "{" + world.quoted(key) + ":" + world.quoted(piece) + "}";
}

Answer openai_answer(RestoringWorld& world, std::size_t pieces) {
  Answer answer;
  Lists lists;
  for (const char* place : {"0/content", "0/reasoning_content", "0/call 0", "0/call 1", "1/content",
                            "1/refusal", "1/function_call"})
    if (world.below(3) != 0) add(world, answer, lists, place, pieces);
  const auto chunk = [&](const std::string& choice, const std::string& delta,
                         const std::string& finish) {
    answer.bytes +=
        R"(data: {"id":"x-1","object":"chat.completion.chunk","created":17,"model":"m",)"
        R"("choices":[{"index":)" +
        choice + R"(,"delta":)" + delta + R"(,"finish_reason":)" + finish + "}]}\n\n";
  };
  for (const char* choice : {"0", "1"})
    chunk(choice, R"({"role":"assistant","content":""})", "null");
  world.interleave(std::move(lists), [&](const std::string& place, const std::string& piece) {
    chunk(place.substr(0, 1), openai_delta(world, place.substr(2), piece), "null");
  });
  for (const char* choice : {"1", "0"}) chunk(choice, "{}", "\"stop\"");
  answer.bytes += "data: [DONE]\n\n";
  return answer;
}

Answer anthropic_answer(RestoringWorld& world, std::size_t pieces) {
  Answer answer;
  Lists lists;
  for (const char* place : {"0/thinking", "1/text", "2/partial_json", "3/partial_json"})
    if (world.below(3) != 0) add(world, answer, lists, place, pieces);
  const auto event = [&](const std::string& type, const std::string& more) {
    answer.bytes += "event: " + type + "\ndata: {\"type\":\"" + type + "\"" + more + "}\n\n";
  };
  const auto all = lists;
  event("message_start", R"(,"message":{"content":[],"usage":{"input_tokens":3}})");
  for (const auto& [place, pieces_of] : all) {
    const auto key = place.substr(2);
    const std::string content = key == "partial_json"
                                    ? R"({"type":"tool_use","id":"t","name":"n","input":{}})"
                                    : R"({"type":")" + key + R"(",")" + key + R"(":""})";
    event("content_block_start",
          ",\"index\":" + place.substr(0, 1) + ",\"content_block\":" + content);
  }
  world.interleave(std::move(lists), [&](const std::string& place, const std::string& piece) {
    const auto key = place.substr(2);
    const std::string type = key == "partial_json" ? "input_json_delta" : key + "_delta";
    event("content_block_delta", ",\"index\":" + place.substr(0, 1) + R"(,"delta":{"type":")" +
                                     type + "\",\"" + key + "\":" + world.quoted(piece) + "}");
  });
  for (const auto& [place, pieces_of] : all)
    event("content_block_stop", ",\"index\":" + place.substr(0, 1));
  event("message_delta", R"(,"delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":4})");
  event("message_stop", "");
  return answer;
}

std::string restored(EngineKind kind, const RestoringWorld& world,
                     const std::vector<std::string_view>& pieces) {
  const auto stream = domain::restoring_stream(kind, world.vault());
  std::string out;
  for (const auto piece : pieces)
    if (!stream->feed(piece, out)) FAIL("the stream is not taken");
  if (!stream->finish(out) || !stream->done() || !domain::ends_whole(out))
    FAIL("the stream does not end");
  return out;
}

void check_stream(EngineKind kind, std::uint32_t seed, int& small_left) {
  RestoringWorld world{seed};
  const bool openai = kind == EngineKind::openai;
  const auto answer = openai ? openai_answer(world, 3) : anthropic_answer(world, 3);
  const auto whole = restored(kind, world, {answer.bytes});
  const auto texts = openai ? openai_texts(whole) : anthropic_texts(whole);
  CHECK_MESSAGE(same(texts, answer.texts), "seed " << seed);
  const auto cuts = world.cuts(answer.bytes);
  CHECK_MESSAGE(restored(kind, world, {cuts.begin(), cuts.end()}) == whole, "seed " << seed);
  const std::string_view bytes{answer.bytes};
  const bool every_cut = bytes.size() < small_bytes && small_left-- > 0;
  for (std::size_t cut = 1; every_cut && cut < bytes.size(); ++cut)
    if (restored(kind, world, {bytes.substr(0, cut), bytes.substr(cut)}) != whole)
      FAIL("seed " << seed << " cut " << cut);
}

void check_unary(EngineKind kind, std::uint32_t seed) {
  RestoringWorld world{seed};
  const auto text = world.text(8), thought = world.text(4), call = world.arguments(4);
  std::string body = R"({"id":"x", "usage":{"a":1.50},)";
  if (kind == EngineKind::openai) {
    body += R"("choices":[{"index":0,"message":{"role":"assistant","content":)" +
            world.quoted(text.said) + R"(,"reasoning_content":)" + world.quoted(thought.said) +
            R"(,"tool_calls":[{"id":"c","type":"function","function":{"name":"n","arguments":)" +
            world.quoted(call.said) + R"(}}]},"finish_reason":"stop"}]})";
  } else {
    body += R"("content":[{"type":"thinking","thinking":)" + world.quoted(thought.said) +
            R"(},{"type":"text","text":)" + world.quoted(text.said) +
            R"(},{"type":"tool_use","id":"t","name":"n","input":)" + call.said + "}]}";
  }
  const auto answer = domain::restore_answer(kind, body, *world.vault());
  REQUIRE(answer);
  const auto parsed = json::parse(*answer);
  REQUIRE(parsed.value);
  CHECK(number_at(*json::find(*parsed.value, "usage"), "a") == "1.50");
  std::string got_text, got_thought, got_call;
  if (kind == EngineKind::openai) {
    const auto& message =
        *json::find((*json::find(*parsed.value, "choices")->array())[0], "message");
    got_text = *json::find_string(message, "content");
    got_thought = *json::find_string(message, "reasoning_content");
    const auto& first = (*json::find(message, "tool_calls")->array())[0];
    const auto arguments =
        json::parse(*json::find_string(*json::find(first, "function"), "arguments"));
    REQUIRE(arguments.value);
    got_call = json::text_of(*arguments.value);
  } else {
    const auto& blocks = *json::find(*parsed.value, "content")->array();
    got_thought = *json::find_string(blocks[0], "thinking");
    got_text = *json::find_string(blocks[1], "text");
    got_call = json::text_of(*json::find(blocks[2], "input"));
  }
  CHECK_MESSAGE((got_text == text.meant && got_thought == thought.meant && got_call == call.meant),
                "seed " << seed);
}

}  // namespace

TEST_CASE("restoring: random streams of OpenAI's restore exactly, however they are cut") {
  int small_left = 2;
  for (std::uint32_t seed = 1; seed <= 5000; ++seed) {
    check_stream(EngineKind::openai, seed, small_left);
  }
  CHECK(small_left < 0);
}

TEST_CASE("restoring: random streams of Anthropic's restore exactly, however they are cut") {
  int small_left = 2;
  for (std::uint32_t seed = 1; seed <= 5000; ++seed) {
    check_stream(EngineKind::anthropic, seed, small_left);
  }
  CHECK(small_left < 0);
}

TEST_CASE("restoring: random whole answers restore exactly") {
  for (std::uint32_t seed = 1; seed <= 5000; ++seed) {
    check_unary(EngineKind::openai, seed);
    check_unary(EngineKind::anthropic, seed);
  }
}
