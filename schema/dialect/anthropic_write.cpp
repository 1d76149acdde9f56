#include "schema/dialect/anthropic.hpp"
#include "schema/dialect/anthropic_terms.hpp"
#include "schema/dialect/checker.hpp"

#include <algorithm>
#include <array>

namespace weir::dialect::anthropic {

namespace {

constexpr double temperature_max = 1.0;
constexpr std::array<std::string_view, 4> image_types{"image/jpeg", "image/png", "image/gif",
                                                      "image/webp"};

json::Value block_of(TextPart& part) {
  return json::object("type", "text", "text", std::move(part.text));
}

class MessagesWriter {
 public:
  MessagesWriter(ChatRequest request, const WriteRules& rules)
      : request_{std::move(request)}, rules_{rules} {
    WEIR_ASSERT(rules.output_tokens_default != 0);
  }

  Rendering run() {
    const auto said = request_.output_tokens_max;
    const auto limit = said != 0 ? said : rules_.output_tokens_default;
    json::put(body_, "model", rules_.model, "max_tokens", json::Value::of(limit));
    if (!translatable() || !may_think(limit) || !messages())
      return {std::nullopt, 0, check_.take_refused()};
    sampling();
    tools();
    if (!request_.user.empty())
      json::put(body_, "metadata", json::object("user_id", std::move(request_.user)));
    if (!request_.thinking.null()) json::put(body_, "thinking", std::move(request_.thinking));
    if (request_.stream) json::put(body_, "stream", true);
    auto text = json::text_of(body_);
    if (text.size() > rules_.body_bytes_max) {
      check_.refuse("", "the body is too large for the provider", Code::body_too_large);
      return {std::nullopt, 0, check_.take_refused()};
    }
    return {std::move(text), limit, {}};
  }

 private:
  bool translatable() {
    for (const auto* fields : {&request_.openai_only, &request_.own_only})
      if (!fields->empty())
        return check_.unsupported(fields->front().key,
                                  "this field cannot be translated for the provider");
    return true;
  }

  /// The provider refuses reasoning that leaves no room for an answer, or whose sampling is set.
  bool may_think(std::uint32_t limit) {
    if (request_.thinking.null()) return true;
    const auto* type = json::find_string(request_.thinking, "type");
    if (type == nullptr || *type != "enabled") return true;
    const auto* budget = json::find(request_.thinking, "budget_tokens");
    const auto tokens = budget == nullptr ? std::nullopt : budget->integer();
    const auto heat = request_.temperature ? json::Value{*request_.temperature}.real() : 1.0;
    if ((tokens && *tokens >= limit) || heat != 1.0 || request_.top_k)
      return check_.unsupported("thinking", "the provider does not reason within these limits");
    return true;
  }

  bool messages() {
    for (std::size_t i = 0; i < request_.messages.size(); ++i)
      if (!message(request_.messages[i], at("messages", i))) return false;
    end_turn();
    if (turns_.empty()) return check_.refuse("messages", "no message holds anything");
    if (!system_.empty()) json::put(body_, "system", std::move(system_));
    json::put(body_, "messages", std::move(turns_));
    return true;
  }

  bool message(ChatMessage& message, const std::string& param) {
    if (!message.name.empty())
      return check_.unsupported(at(param, "name"), "names of participants cannot be translated");
    const bool system = message.role == ChatRole::system || message.role == ChatRole::developer;
    if (!system && role_ != message.role) {
      end_turn();
      role_ = message.role;
    }
    for (auto& part : message.parts)
      if (!this->part(part, param, system)) return false;
    return true;
  }

  /// Puts the blocks gathered so far into a turn: tools' answers first, as the API demands.
  void end_turn() {
    if (results_.empty() && blocks_.empty()) return;
    std::move(blocks_.begin(), blocks_.end(), std::back_inserter(results_));
    turns_.emplace_back(json::object("role", role_ == ChatRole::user ? "user" : "assistant",
                                     "content", std::move(results_)));
    results_ = {};
    blocks_ = {};
  }

  bool part(ChatPart& part, const std::string& param, bool system) {
    if (auto* text = std::get_if<TextPart>(&part)) {
      (system ? system_ : blocks_).push_back(block_of(*text));
      return true;
    }
    if (auto* image = std::get_if<ImagePart>(&part)) return put_image(*image, param, blocks_);
    if (auto* call = std::get_if<ToolUsePart>(&part)) return tool_use(*call, param);
    if (auto* result = std::get_if<ToolResultPart>(&part)) return tool_result(*result, param);
    thinking(std::get<ThinkingPart>(part));
    return true;
  }

  bool put_image(ImagePart& image, const std::string& param, json::Array& blocks) {
    json::Object source;
    if (!image.url.empty()) {
      source = json::object("type", "url", "url", std::move(image.url));
    } else {
      if (std::find(image_types.begin(), image_types.end(), image.media_type) == image_types.end())
        return check_.unsupported(at(param, "content"),
                                  "images for this provider are JPEG, PNG, GIF or WebP");
      source = json::object("type", "base64", "media_type", std::move(image.media_type), "data",
                            std::move(image.data));
    }
    blocks.emplace_back(json::object("type", "image", "source", std::move(source)));
    return true;
  }

  bool tool_use(ToolUsePart& call, const std::string& param) {
    json::Verbatim input{"{}"};
    if (!call.arguments.empty()) {
      auto parsed = json::parse(call.arguments, {.depth_max = arguments_depth_max});
      if (!parsed.value || parsed.value->object() == nullptr)
        return check_.refuse(at(param, "tool_calls"),
                             "the arguments of a call must be a JSON object");
      input.text = json::text_of(*parsed.value);
    }
    blocks_.emplace_back(json::object("type", "tool_use", "id", std::move(call.id), "name",
                                      std::move(call.name), "input", std::move(input)));
    return true;
  }

  bool tool_result(ToolResultPart& result, const std::string& param) {
    json::Array content;
    for (auto& each : result.content) {
      auto* image = std::get_if<ImagePart>(&each);
      if (image == nullptr) {
        content.push_back(block_of(std::get<TextPart>(each)));
      } else if (!put_image(*image, param, content)) {
        return false;
      }
    }
    auto block = json::object("type", "tool_result", "tool_use_id", std::move(result.id));
    if (!content.empty()) json::put(block, "content", std::move(content));
    if (result.error) json::put(block, "is_error", true);
    results_.emplace_back(std::move(block));
    return true;
  }

  void thinking(ThinkingPart& part) {
    if (!part.redacted.empty())
      blocks_.emplace_back(
          json::object("type", "redacted_thinking", "data", std::move(part.redacted)));
    else if (!part.signature.empty())
      blocks_.emplace_back(json::object("type", "thinking", "thinking", std::move(part.text),
                                        "signature", std::move(part.signature)));
  }

  void sampling() {
    auto& temperature = request_.temperature;
    if (temperature) {
      const auto said = json::Value{*temperature}.real();
      const bool above = said && *said > temperature_max;
      json::put(body_, "temperature", above ? json::Value::of(1) : json::Value{*temperature});
    }
    if (request_.top_p) json::put(body_, "top_p", std::move(*request_.top_p));
    if (request_.top_k) json::put(body_, "top_k", std::move(*request_.top_k));
    json::Array stops;
    for (auto& stop : request_.stop) stops.emplace_back(std::move(stop));
    if (!stops.empty()) json::put(body_, "stop_sequences", std::move(stops));
  }

  void tools() {
    if (request_.tools.empty()) return;
    json::Array tools;
    for (auto& tool : request_.tools) {
      auto out = json::object("name", std::move(tool.name));
      if (tool.description) json::put(out, "description", std::move(*tool.description));
      json::put(out, "input_schema", schema_of(std::move(tool.schema)));
      if (tool.strict) json::put(out, "strict", true);
      tools.emplace_back(std::move(out));
    }
    json::put(body_, "tools", std::move(tools));
    tool_choice();
  }

  /// Anthropic's schemas say "object"; OpenAI's may leave that out, or be left out.
  static json::Value schema_of(json::Value schema) {
    if (schema.null()) return json::object("type", "object", "properties", json::Object{});
    if (json::find(schema, "type") == nullptr) json::put(*schema.object(), "type", "object");
    return schema;
  }

  void tool_choice() {
    const bool one = request_.one_tool_at_most;
    if (!request_.tool_choice && !one) return;
    json::Object out;
    switch (request_.tool_choice.value_or(ToolChoice::automatic)) {
      case ToolChoice::automatic:
        out = json::object("type", "auto");
        break;
      case ToolChoice::none:
        return json::put(body_, "tool_choice", json::object("type", "none"));
      case ToolChoice::any:
        out = json::object("type", "any");
        break;
      case ToolChoice::named:
        out = json::object("type", "tool", "name", std::move(request_.tool_name));
        break;
    }
    if (one) json::put(out, "disable_parallel_tool_use", true);
    json::put(body_, "tool_choice", std::move(out));
  }

  ChatRequest request_;
  const WriteRules& rules_;
  Checker check_;
  json::Object body_;
  json::Array system_;
  json::Array turns_;
  json::Array results_;  ///< of the turn that is being gathered: tools' answers, and the rest
  json::Array blocks_;
  ChatRole role_ = ChatRole::user;
};

}  // namespace

Rendering write_chat(ChatRequest request, const WriteRules& rules) {
  return MessagesWriter{std::move(request), rules}.run();
}

}  // namespace weir::dialect::anthropic
