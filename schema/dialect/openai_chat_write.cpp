#include "schema/dialect/chat.hpp"
#include "schema/dialect/checker.hpp"

namespace weir::dialect::openai {

namespace {

std::string_view word(ChatRole role) {
  switch (role) {
    case ChatRole::system:
      return "system";
    case ChatRole::developer:
      return "developer";
    case ChatRole::user:
      return "user";
    case ChatRole::assistant:
      return "assistant";
  }
  WEIR_ASSERT(!"a role without a word");
}

json::Value function_of(ToolUsePart& part) {
  if (part.arguments.empty()) part.arguments = "{}";
  auto function =
      json::object("name", std::move(part.name), "arguments", std::move(part.arguments));
  return json::object("id", std::move(part.id), "type", "function", "function",
                      std::move(function));
}

json::Value part_of(std::string text) {
  return json::object("type", "text", "text", std::move(text));
}

json::Value part_of(ImagePart image) {
  std::string url = std::move(image.url);
  if (url.empty())
    url.append("data:").append(image.media_type).append(";base64,").append(image.data);
  return json::object("type", "image_url", "image_url", json::object("url", std::move(url)));
}

/// The content of a message: one text is a string, which every engine understands.
json::Value content_of(json::Array parts) {
  if (parts.empty()) return "";
  const auto* text = parts.size() == 1 ? json::find(parts[0], "text") : nullptr;
  return text == nullptr ? json::Value{std::move(parts)} : *text;
}

json::Value tool_of(ChatTool& tool) {
  auto function = json::object("name", std::move(tool.name));
  if (tool.description) json::put(function, "description", std::move(*tool.description));
  if (!tool.schema.null()) json::put(function, "parameters", std::move(tool.schema));
  if (tool.strict) json::put(function, "strict", true);
  return json::object("type", "function", "function", std::move(function));
}

class ChatWriter {
 public:
  ChatWriter(ChatRequest request, const WriteRules& rules)
      : request_{std::move(request)}, rules_{rules} {}

  Rendering run() {
    json::put(body_, "model", rules_.model);
    Rendering rendering;
    if (!messages() || !sampling()) return {std::nullopt, 0, check_.take_refused()};
    rendering.output_tokens_max = limit();
    stream();
    tools();
    identity();
    for (auto& field : request_.openai_only) body_.push_back(std::move(field));
    auto text = json::text_of(body_);
    if (text.size() > rules_.body_bytes_max) {
      check_.refuse("", "the body is too large for the provider", Code::body_too_large);
      return {std::nullopt, 0, check_.take_refused()};
    }
    rendering.body = std::move(text);
    return rendering;
  }

 private:
  bool messages() {
    for (std::size_t i = 0; i < request_.messages.size(); ++i)
      if (!message(request_.messages[i], at("messages", i))) return false;
    json::put(body_, "messages", std::move(messages_));
    return true;
  }

  /// The tools' answers in it become messages of their own, before the rest.
  bool message(ChatMessage& message, const std::string& param) {
    json::Array parts, calls;
    std::string thoughts;
    bool results = false;
    for (auto& part : message.parts) {
      if (auto* text = std::get_if<TextPart>(&part)) {
        parts.push_back(part_of(std::move(text->text)));
      } else if (auto* image = std::get_if<ImagePart>(&part)) {
        parts.push_back(part_of(std::move(*image)));
      } else if (auto* call = std::get_if<ToolUsePart>(&part)) {
        calls.push_back(function_of(*call));
      } else if (auto* thinking = std::get_if<ThinkingPart>(&part)) {
        thoughts += thinking->text;
      } else {
        results = true;
        if (!tool_result(std::get<ToolResultPart>(part), param)) return false;
      }
    }
    if (results && parts.empty()) return true;
    auto out = json::object("role", word(message.role));
    if (!message.name.empty()) json::put(out, "name", std::move(message.name));
    json::put(out, "content",
              parts.empty() && !calls.empty() ? json::Value{} : content_of(std::move(parts)));
    if (!thoughts.empty() && !rules_.cloud)
      json::put(out, "reasoning_content", std::move(thoughts));
    if (!calls.empty()) json::put(out, "tool_calls", std::move(calls));
    messages_.emplace_back(std::move(out));
    return true;
  }

  bool tool_result(ToolResultPart& result, const std::string& param) {
    json::Array parts;
    for (auto& each : result.content) {
      auto* text = std::get_if<TextPart>(&each);
      if (text == nullptr)
        return check_.unsupported(param, "an image in a tool's answer cannot be translated");
      if (result.error && parts.empty()) text->text.insert(0, "Error: ");
      parts.push_back(part_of(std::move(text->text)));
    }
    if (result.error && parts.empty()) parts.push_back(part_of("Error"));
    messages_.emplace_back(json::object("role", "tool", "tool_call_id", std::move(result.id),
                                        "content", content_of(std::move(parts))));
    return true;
  }

  bool sampling() {
    if (rules_.cloud && (request_.top_k || !request_.thinking.null()))
      return check_.unsupported(request_.top_k ? "top_k" : "thinking",
                                "this field cannot be translated for the provider");
    if (rules_.cloud && !request_.own_only.empty())
      return check_.unsupported(request_.own_only.front().key,
                                "this field cannot be translated for the provider");
    for (auto& [key, value] : request_.own_only) {
      // The same by its other name: each engine looks at one of the two.
      if (key == "repeat_penalty") json::put(body_, "repetition_penalty", value);
      json::put(body_, key, std::move(value));
    }
    if (request_.temperature) json::put(body_, "temperature", std::move(*request_.temperature));
    if (request_.top_p) json::put(body_, "top_p", std::move(*request_.top_p));
    if (request_.top_k) json::put(body_, "top_k", std::move(*request_.top_k));
    json::Array stops;
    for (auto& stop : request_.stop) stops.emplace_back(std::move(stop));
    if (!stops.empty()) json::put(body_, "stop", std::move(stops));
    return true;
  }

  std::uint32_t limit() {
    const auto said = request_.output_tokens_max;
    const auto limit = said != 0 ? said : rules_.output_tokens_default;
    if (limit != 0)
      json::put(body_, rules_.max_completion_tokens ? "max_completion_tokens" : "max_tokens",
                json::Value::of(limit));
    return limit;
  }

  void stream() {
    if (!request_.stream) return;
    json::put(body_, "stream", true);
    json::put(body_, "stream_options", json::object("include_usage", true));
  }

  void tools() {
    if (request_.tools.empty()) return;
    json::Array tools;
    for (auto& tool : request_.tools) tools.push_back(tool_of(tool));
    json::put(body_, "tools", std::move(tools));
    if (request_.one_tool_at_most) json::put(body_, "parallel_tool_calls", false);
    if (!request_.tool_choice) return;
    switch (*request_.tool_choice) {
      case ToolChoice::automatic:
        return json::put(body_, "tool_choice", "auto");
      case ToolChoice::none:
        return json::put(body_, "tool_choice", "none");
      case ToolChoice::any:
        return json::put(body_, "tool_choice", "required");
      case ToolChoice::named:
        return json::put(body_, "tool_choice",
                         json::object("type", "function", "function",
                                      json::object("name", std::move(request_.tool_name))));
    }
  }

  void identity() {
    if (!request_.user.empty()) json::put(body_, "user", std::move(request_.user));
    if (!request_.data_grade.empty() && !rules_.cloud)
      json::put(body_, "metadata", json::object("data_grade", std::move(request_.data_grade)));
  }

  ChatRequest request_;
  const WriteRules& rules_;
  Checker check_;
  json::Object body_;
  json::Array messages_;
};

}  // namespace

Rendering write_chat(ChatRequest request, const WriteRules& rules) {
  return ChatWriter{std::move(request), rules}.run();
}

}  // namespace weir::dialect::openai
