#include "schema/dialect/chat_answer.hpp"
#include "schema/dialect/checker.hpp"
#include "schema/dialect/ollama.hpp"
#include "schema/dialect/ollama_options.hpp"

#include <algorithm>
#include <array>

namespace weir::dialect::ollama {

namespace {

constexpr std::string_view no_counterpart = "this field cannot be translated for the engine";

std::string_view word(ChatRole role) {
  switch (role) {
    case ChatRole::system:
    case ChatRole::developer:
      return "system";
    case ChatRole::user:
      return "user";
    case ChatRole::assistant:
      return "assistant";
  }
  WEIR_ASSERT(!"a role without a word");
}

void add_text(std::string& content, const std::string& text) {
  if (!content.empty() && !text.empty()) content.push_back('\n');
  content.append(text);
}

json::Value tool_of(ChatTool& tool) {
  auto function = json::object("name", std::move(tool.name));
  if (tool.description) json::put(function, "description", std::move(*tool.description));
  auto schema = std::move(tool.schema);
  if (schema.null()) schema = json::object("type", "object", "properties", json::Object{});
  if (json::find(schema, "type") == nullptr) json::put(*schema.object(), "type", "object");
  json::put(function, "parameters", std::move(schema));
  return json::object("type", "function", "function", std::move(function));
}

class OllamaWriter {
 public:
  OllamaWriter(ChatRequest request, const WriteRules& rules)
      : request_{std::move(request)}, rules_{rules} {}

  Rendering run() {
    const auto said = request_.output_tokens_max;
    const auto limit = said != 0 ? said : rules_.output_tokens_default;
    // A prompt that is too long is refused, and an answer ends with the context: by itself the
    // engine would forget the beginning of either.
    json::put(body_, "model", rules_.model, "stream", request_.stream, "truncate", false, "shift",
              false);
    if (!messages() || !tools() || !options(limit) || !rest())
      return {std::nullopt, 0, check_.take_refused()};
    auto text = json::text_of(body_);
    if (text.size() > rules_.body_bytes_max) {
      check_.refuse("", "the body is too large for the engine", Code::body_too_large);
      return {std::nullopt, 0, check_.take_refused()};
    }
    return {std::move(text), limit, {}};
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
    if (!message.name.empty())
      return check_.unsupported(at(param, "name"), std::string{no_counterpart});
    std::string content, thoughts;
    json::Array images, calls;
    bool results = false, own = false;
    for (auto& part : message.parts) {
      if (auto* result = std::get_if<ToolResultPart>(&part)) {
        results = true;
        if (!tool_result(*result, param)) return false;
        continue;
      }
      own = true;
      if (auto* text = std::get_if<TextPart>(&part)) {
        add_text(content, text->text);
      } else if (auto* thinking = std::get_if<ThinkingPart>(&part)) {
        thoughts += thinking->text;
      } else if (auto* image = std::get_if<ImagePart>(&part)) {
        if (image->data.empty())
          return check_.unsupported(param, "the engine takes images by value alone, not by URL");
        images.emplace_back(std::move(image->data));
      } else if (!tool_call(std::get<ToolUsePart>(part), param, calls)) {
        return false;
      }
    }
    if (results && !own) return true;
    auto out = json::object("role", word(message.role), "content", std::move(content));
    if (!thoughts.empty()) json::put(out, "thinking", std::move(thoughts));
    if (!images.empty()) json::put(out, "images", std::move(images));
    if (!calls.empty()) json::put(out, "tool_calls", std::move(calls));
    messages_.emplace_back(std::move(out));
    return true;
  }

  bool tool_call(ToolUsePart& call, const std::string& param, json::Array& calls) {
    auto arguments = openai::object_of(call.arguments);
    if (!arguments)
      return check_.refuse(param, "the arguments of a tool call are not a JSON object");
    calls_.push_back({call.id, call.name});
    calls.emplace_back(json::object(
        "id", std::move(call.id), "type", "function", "function",
        json::object("name", std::move(call.name), "arguments", std::move(*arguments))));
    return true;
  }

  bool tool_result(ToolResultPart& result, const std::string& param) {
    std::string content = result.error ? "Error: " : "";
    for (auto& each : result.content) {
      const auto* text = std::get_if<TextPart>(&each);
      if (text == nullptr)
        return check_.unsupported(param, "an image in a tool's answer cannot be translated");
      if (&each == &result.content.front())
        content += text->text;
      else
        add_text(content, text->text);
    }
    auto out = json::object("role", "tool", "content", std::move(content));
    const auto call = std::find_if(calls_.rbegin(), calls_.rend(),
                                   [&](const auto& made) { return made.id == result.id; });
    if (call != calls_.rend()) json::put(out, "tool_name", call->name);
    json::put(out, "tool_call_id", std::move(result.id));
    messages_.emplace_back(std::move(out));
    return true;
  }

  bool tools() {
    const auto choice = request_.tool_choice.value_or(ToolChoice::automatic);
    if (request_.tools.empty() || choice == ToolChoice::none) return true;
    if (choice != ToolChoice::automatic)
      return check_.unsupported("tool_choice", "the engine chooses by itself");
    if (request_.one_tool_at_most)
      return check_.unsupported("parallel_tool_calls", "the engine calls as many as it likes");
    json::Array tools;
    for (auto& tool : request_.tools) tools.push_back(tool_of(tool));
    json::put(body_, "tools", std::move(tools));
    return true;
  }

  bool options(std::uint32_t limit) {
    json::Object options;
    if (!write_options(request_, limit, check_, options)) return false;
    if (!options.empty()) json::put(body_, "options", std::move(options));
    return true;
  }

  /// What remains of the fields that other dialects alone have, and reasoning.
  bool rest() {
    constexpr std::array<std::string_view, 2> hints{"prompt_cache_key", "safety_identifier"};
    json::Value think;
    if (!request_.thinking.null()) think = true;
    for (auto& [key, value] : request_.openai_only) {
      if (std::find(hints.begin(), hints.end(), key) != hints.end()) continue;
      if (key == "response_format") {
        if (!format(value)) return false;
      } else if (key == "reasoning_effort") {
        if (!effort(value, think)) return false;
      } else {
        return check_.unsupported(key, std::string{no_counterpart});
      }
    }
    if (!think.null()) json::put(body_, "think", std::move(think));
    return true;
  }

  bool format(json::Value& value) {
    const auto type = openai::text_at(value, "type");
    if (type == "json_object") {
      json::put(body_, "format", "json");
      return true;
    }
    const auto* inner = json::find(value, "json_schema");
    const auto* schema = inner == nullptr ? nullptr : json::find(*inner, "schema");
    if (type != "json_schema" || schema == nullptr || schema->object() == nullptr)
      return check_.unsupported("response_format", "must be json_object or a json_schema");
    json::put(body_, "format", *schema);
    return true;
  }

  bool effort(const json::Value& value, json::Value& think) {
    const auto* said = value.string();
    if (said == nullptr) return check_.refuse("reasoning_effort", "must be a string");
    if (*said == "none" || *said == "minimal")
      think = false;
    else if (*said == "low" || *said == "medium" || *said == "high")
      think = *said;
    else
      return check_.unsupported("reasoning_effort", "must be none, low, medium or high");
    return true;
  }

  struct Made {
    std::string id;
    std::string name;
  };

  ChatRequest request_;
  const WriteRules& rules_;
  Checker check_;
  json::Object body_;
  json::Array messages_;
  std::vector<Made> calls_;
};

}  // namespace

Rendering write_chat(ChatRequest request, const WriteRules& rules) {
  return OllamaWriter{std::move(request), rules}.run();
}

}  // namespace weir::dialect::ollama
