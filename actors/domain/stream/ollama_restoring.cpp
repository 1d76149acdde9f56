#include "actors/domain/stream/ollama_restoring.hpp"

#include <utility>

namespace weir::domain {

namespace json = dialect::json;

namespace {

/// Whose texts: those of a chat's message, and those of a generate's line itself.
constexpr std::int64_t of_message = 0, of_line = 1;

}  // namespace

OllamaRestoring::OllamaRestoring(std::shared_ptr<const Vault> vault, std::size_t event_bytes_max)
    : RestoringStream{std::move(vault), false, event_bytes_max, Framing::lines} {}

void OllamaRestoring::read(std::string_view, json::Value& event, std::string& out) {
  const bool first = base_.empty();
  for (auto& member : *event.object()) {
    const auto& key = member.key;
    if (first && (key == "model" || key == "created_at")) base_.push_back(member);
    engine_error_ = engine_error_ || key == "error";
    done_ =
        done_ || (key == "done" && member.value.boolean() != nullptr && *member.value.boolean());
    if (key == "message" && member.value.object() != nullptr) {
      for (auto& inner : *member.value.object())
        if (inner.key != "role") take_member(of_message, inner, TextContext::plain);
    } else if (key == "response" || key == "thinking") {
      take_member(of_line, member, TextContext::plain);
    } else {
      strings(member.value);
    }
  }
  done_ = done_ && !engine_error_;
  if (done_ || engine_error_) end_lanes(std::nullopt, out);
}

void OllamaRestoring::flush(const Lane& lane, std::string text, std::string& out) {
  auto line = base_;
  if (lane.owner == of_message) {
    json::put(line, "message", json::object("role", "assistant", lane.key, std::move(text)));
  } else {
    json::put(line, lane.key, std::move(text));
  }
  json::put(line, "done", false);
  emit("", json::text_of(line), out);
}

}  // namespace weir::domain
