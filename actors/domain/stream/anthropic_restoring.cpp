#include "actors/domain/stream/anthropic_restoring.hpp"

#include "schema/dialect/chat_answer.hpp"

#include <utility>

namespace weir::domain {

namespace json = dialect::json;

namespace {

constexpr std::string_view text_key = "text", thinking_key = "thinking", input_key = "partial_json";

}  // namespace

AnthropicRestoring::AnthropicRestoring(std::shared_ptr<const Vault> vault,
                                       std::size_t event_bytes_max)
    : RestoringStream{std::move(vault), false, event_bytes_max, Framing::sse} {}

void AnthropicRestoring::read(std::string_view name, json::Value& event, std::string& out) {
  const auto type = dialect::openai::text_at(event, "type");
  const auto* number = json::find(event, "index");
  const auto index = number == nullptr ? 0 : number->integer().value_or(0);
  if (type == "content_block_delta") return block(index, "delta", *event.object());
  if (type == "content_block_start") {
    end_lanes(index, out);
    return block(index, "content_block", *event.object());
  }
  if (type == "content_block_stop") return end_lanes(index, out);
  engine_error_ = type == "error" || name == "error";
  done_ = type == "message_stop" && !engine_error_;
  if (engine_error_ || done_ || type == "message_delta") end_lanes(std::nullopt, out);
  strings(event);
}

void AnthropicRestoring::block(std::int64_t index, std::string_view holder, json::Object& event) {
  for (auto& [name, value] : event) {
    if (name != holder || value.object() == nullptr) continue;
    for (auto& member : *value.object()) {
      if (member.key == text_key || member.key == thinking_key) {
        take_member(index, member, TextContext::plain);
      } else if (member.key == input_key) {
        take_member(index, member, TextContext::json);
      } else {
        strings(member.value);
      }
    }
  }
}

void AnthropicRestoring::flush(const Lane& lane, std::string text, std::string& out) {
  const auto type = lane.key == text_key       ? "text_delta"
                    : lane.key == thinking_key ? "thinking_delta"
                                               : "input_json_delta";
  emit("content_block_delta",
       json::text_of(json::object("type", "content_block_delta", "index",
                                  json::Value::of(lane.owner), "delta",
                                  json::object("type", type, lane.key, std::move(text)))),
       out);
}

}  // namespace weir::domain
