#include "actors/domain/stream/anthropic_stream.hpp"

#include <utility>

namespace weir::domain {

namespace json = dialect::json;

AnthropicStream::AnthropicStream(std::string model, std::size_t event_bytes_max)
    : AnswerStream{event_bytes_max}, model_{std::move(model)} {}

Result<Done> AnthropicStream::event(std::string_view name, std::string& data, std::string& out) {
  auto parsed = json::parse(data);
  if (!parsed.value || parsed.value->object() == nullptr)
    return fail("an event of the engine's stream is not a JSON object");
  auto& root = *parsed.value;
  const auto* type = json::find_string(root, "type");
  if (type == nullptr) return fail("an event of the engine's stream has no type");
  if (*type == "message_start") return message_start(root, out);
  if (*type == "error") {
    engine_error_ = true;
    forward("error", data, out);
    return Done{};
  }
  if (!begun_ && *type == "ping") return Done{};
  if (!begun_) return fail("the engine's stream does not begin with a message_start");
  if (*type == "message_stop") {
    if (!stopped_) return fail("the engine's stream ended without a stop_reason");
    complete(out);
    return Done{};
  }
  if (*type == "message_delta") message_delta(root, data);
  forward(name, data, out);
  return Done{};
}

Result<Done> AnthropicStream::end(std::string& out) {
  if (!stopped_) return fail("the engine's stream ended in the middle");
  complete(out);
  return Done{};
}

Result<Done> AnthropicStream::message_start(json::Value& event, std::string& out) {
  json::Object* message = nullptr;
  for (auto& [key, value] : *event.object())
    if (key == "message") message = value.object();
  if (begun_ || message == nullptr) return fail("a message_start of the engine's is not valid");
  for (auto& [key, value] : *message)
    if (key == "model") value = model_;
  take_usage(*json::find(event, "message"));
  forward("message_start", json::text_of(event), out);
  return Done{};
}

void AnthropicStream::message_delta(json::Value& event, std::string& data) {
  take_usage(event);
  for (auto& [key, value] : *event.object()) {
    if (key != "delta" || value.object() == nullptr) continue;
    stopped_ = stopped_ || json::find_string(value, "stop_reason") != nullptr;
    if (dialect::anthropic::name_stop(*value.object())) data = json::text_of(event);
  }
}

void AnthropicStream::take_usage(const json::Value& holder) {
  if (const auto* usage = json::find(holder, "usage")) counts_.take_anthropic(*usage);
  if (counts_.known()) usage_ = counts_.usage();
}

/// `name` came in a line of its own, or is one of ours: it holds no line end.
void AnthropicStream::forward(std::string_view name, std::string_view data, std::string& out) {
  if (!name.empty()) out.append("event: ").append(name).push_back('\n');
  out.append(sse_event(data));
  begun_ = true;
}

void AnthropicStream::complete(std::string& out) {
  out.append(anthropic_last_event);
  done_ = true;
}

}  // namespace weir::domain
