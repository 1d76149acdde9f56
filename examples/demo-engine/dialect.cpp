#include "examples/demo-engine/dialect.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace weir::demo {
namespace {

using nlohmann::json;

constexpr std::uint64_t bytes_per_token = 4;
constexpr std::string_view filler = " more";

Error wrong(const std::string& what) { return {Code::invalid_request, what}; }

std::uint64_t count_words(std::string_view text) {
  std::uint64_t words = 0;
  bool within = false;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (!blank && !within) ++words;
    within = !blank;
  }
  return words;
}

/// The text of a message's content: a string, or the text parts of an array.
std::string text_of(const json& content) {
  if (content.is_string()) return content.get<std::string>();
  std::string text;
  if (content.is_array())
    for (const auto& part : content)
      if (part.is_object() && part.contains("text") && part["text"].is_string())
        text += part["text"].get<std::string>();
  return text;
}

Result<Done> read_messages(const json& body, Ask& ask) {
  const auto messages = body.find("messages");
  if (messages == body.end() || !messages->is_array() || messages->empty())
    return wrong("'messages' must be a non-empty array");
  std::uint64_t bytes = 0;
  for (const auto& message : *messages) {
    if (!message.is_object() || !message.contains("role") || !message["role"].is_string())
      return wrong("every message needs a 'role'");
    const auto text = message.contains("content") ? text_of(message["content"]) : "";
    bytes += text.size();
    if (message["role"] == "user") ask.words = count_words(text);
  }
  ask.prompt_tokens = std::max<std::uint64_t>(1, bytes / bytes_per_token);
  return Done{};
}

Result<Done> read_prompt(const json& body, Ask& ask) {
  const auto prompt = body.find("prompt");
  if (prompt == body.end()) return wrong("'prompt' is missing");
  std::string text;
  if (prompt->is_string()) {
    text = prompt->get<std::string>();
  } else if (prompt->is_array() && prompt->size() == 1 && prompt->front().is_string()) {
    text = prompt->front().get<std::string>();
  } else {
    return wrong("'prompt' must be a string");
  }
  ask.words = count_words(text);
  ask.prompt_tokens = std::max<std::uint64_t>(1, text.size() / bytes_per_token);
  return Done{};
}

Result<Done> read_max_tokens(const json& body, Ask& ask) {
  for (const char* name : {"max_tokens", "max_completion_tokens"}) {
    const auto field = body.find(name);
    if (field == body.end() || field->is_null()) continue;
    if (!field->is_number_integer() || *field < 1 || *field > 10'000'000)
      return wrong(std::string{"'"} + name + "' must be 1..10000000");
    ask.max_tokens = field->get<std::uint32_t>();
  }
  return Done{};
}

Result<bool> read_flag(const json& object, const char* name) {
  const auto field = object.find(name);
  if (field == object.end() || field->is_null()) return false;
  if (!field->is_boolean()) return wrong(std::string{"'"} + name + "' must be true or false");
  return field->get<bool>();
}

}  // namespace

Result<Ask> read_ask(bool chat, const std::string& text) {
  const auto body = json::parse(text, nullptr, false);
  if (!body.is_object()) return wrong("the body is not a JSON object");
  Ask ask;
  ask.chat = chat;
  const auto model = body.find("model");
  if (model == body.end() || !model->is_string()) return wrong("'model' must be a string");
  ask.model = model->get<std::string>();
  WEIR_TRY(ask.stream, read_flag(body, "stream"));
  const auto options = body.find("stream_options");
  if (options != body.end() && options->is_object()) {
    WEIR_TRY(ask.include_usage, read_flag(*options, "include_usage"));
  }
  const auto n = body.find("n");
  if (n != body.end() && !n->is_null() && *n != 1) return wrong("'n' must be 1");
  WEIR_TRY([[maybe_unused]] Done limited, read_max_tokens(body, ask));
  WEIR_TRY([[maybe_unused]] Done read, chat ? read_messages(body, ask) : read_prompt(body, ask));
  return ask;
}

Answer::Answer(Ask ask, std::string id, std::int64_t created)
    : ask_{std::move(ask)},
      id_{std::move(id)},
      model_json_{json(ask_.model).dump()},
      created_{created},
      sentence_{"This is weir-demo-engine: no model runs here. You said " +
                std::to_string(ask_.words) + (ask_.words == 1 ? " word." : " words.")} {
  sentence_tokens_ = static_cast<std::uint32_t>(count_words(sentence_));
  tokens_ = ask_.max_tokens == 0 ? sentence_tokens_ : ask_.max_tokens;
  stopped_ = ask_.max_tokens == 0 || ask_.max_tokens == sentence_tokens_;
}

std::string Answer::token(std::uint32_t index) const {
  if (index >= sentence_tokens_) return std::string{filler};
  std::size_t begin = 0;
  for (std::uint32_t i = 0; i < index; ++i) begin = sentence_.find(' ', begin + 1);
  return sentence_.substr(begin, sentence_.find(' ', begin + 1) - begin);
}

std::string Answer::usage() const {
  const auto total = ask_.prompt_tokens + tokens_;
  return "{\"prompt_tokens\":" + std::to_string(ask_.prompt_tokens) +
         ",\"completion_tokens\":" + std::to_string(tokens_) +
         ",\"total_tokens\":" + std::to_string(total) + "}";
}

std::string Answer::head(std::string_view object) const {
  return "{\"id\":\"" + id_ + "\",\"object\":\"" + std::string{object} +
         "\",\"created\":" + std::to_string(created_) + ",\"model\":" + model_json_;
}

std::string Answer::unary() const {
  std::string text;
  text.reserve(sentence_.size() + tokens_ * filler.size());
  for (std::uint32_t i = 0; i < tokens_; ++i) text += token(i);
  // Plain ASCII without quotes: nothing to escape.
  const auto choice = ask_.chat
                          ? "\"message\":{\"role\":\"assistant\",\"content\":\"" + text + "\"}"
                          : "\"text\":\"" + text + "\"";
  return head(ask_.chat ? "chat.completion" : "text_completion") + ",\"choices\":[{\"index\":0," +
         choice + ",\"logprobs\":null,\"finish_reason\":" + reason() + "}],\"usage\":" + usage() +
         "}";
}

std::string Answer::event(std::string_view choices) const {
  auto text =
      "data: " + head(ask_.chat ? "chat.completion.chunk" : "text_completion") + ",\"choices\":[";
  text += choices;
  text += ask_.include_usage ? "],\"usage\":null}\n\n" : "]}\n\n";
  return text;
}

std::string Answer::first_event() const {
  if (!ask_.chat) return "";
  return event(R"({"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null})");
}

std::string Answer::token_event(std::uint32_t index) const {
  const auto text = token(index);
  if (ask_.chat)
    return event(R"({"index":0,"delta":{"content":")" + text + R"("},"finish_reason":null})");
  return event(R"({"index":0,"text":")" + text + R"(","finish_reason":null})");
}

std::string Answer::last_event() const {
  auto text = event(std::string{"{\"index\":0,"} + (ask_.chat ? "\"delta\":{}" : "\"text\":\"\"") +
                    ",\"finish_reason\":" + reason() + "}");
  if (ask_.include_usage)
    text += "data: " + head(ask_.chat ? "chat.completion.chunk" : "text_completion") +
            ",\"choices\":[],\"usage\":" + usage() + "}\n\n";
  return text;
}

std::string error_json(std::string_view message, std::string_view type, std::string_view code) {
  const json error{{"message", message}, {"type", type}, {"param", nullptr}, {"code", code}};
  return json{{"error", error}}.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace weir::demo
