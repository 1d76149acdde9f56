#include "schema/dialect/anthropic.hpp"
#include "schema/dialect/anthropic_terms.hpp"
#include "schema/dialect/chat_answer.hpp"

namespace weir::dialect::anthropic {

namespace {

/// What the blocks of an Anthropic message hold, in OpenAI's terms.
struct Blocks {
  std::string content;
  std::string reasoning;
  json::Array calls;
  bool has_text = false;
};

bool take_block(const json::Value& block, Blocks& out) {
  const auto* type = json::find_string(block, "type");
  if (type == nullptr) return false;
  if (*type == "text" || *type == "thinking") {
    const auto* said = json::find_string(block, *type);
    if (said == nullptr) return false;
    (*type == "text" ? out.content : out.reasoning) += *said;
    out.has_text = out.has_text || *type == "text";
    return true;
  }
  if (*type != "tool_use") return true;
  const auto *id = json::find_string(block, "id"), *name = json::find_string(block, "name");
  const auto* input = json::find(block, "input");
  const bool named = id != nullptr && name != nullptr && !id->empty() && !name->empty();
  if (!named || input == nullptr || input->object() == nullptr) return false;
  auto function = json::object("name", *name, "arguments", json::text_of(*input));
  out.calls.emplace_back(
      json::object("id", *id, "type", "function", "function", std::move(function)));
  return true;
}

/// Reads the message of a choice into Anthropic's blocks.
Result<json::Array> blocks_of(const json::Value& message, bool thinking, bool cut_short) {
  json::Array blocks;
  for (const char* key : {"reasoning_content", "reasoning"})
    if (const auto* thoughts = json::find_string(message, key);
        thinking && blocks.empty() && thoughts != nullptr && !thoughts->empty())
      blocks.emplace_back(json::object("type", "thinking", "thinking", *thoughts, "signature", ""));
  for (const char* key : {"content", "refusal"})
    if (const auto* said = json::find_string(message, key); said != nullptr && !said->empty())
      blocks.emplace_back(json::object("type", "text", "text", *said));
  const auto* calls = json::find(message, "tool_calls");
  if (calls == nullptr || calls->null()) return blocks;
  if (calls->array() == nullptr) return openai::broken_answer("has tool calls that are no list");
  for (const auto& call : *calls->array()) {
    const auto* function = json::find(call, "function");
    const auto* id = json::find_string(call, "id");
    const auto* name = function == nullptr ? nullptr : json::find_string(*function, "name");
    if (id == nullptr || name == nullptr || id->empty() || name->empty())
      return openai::broken_answer("has a tool call without a name");
    auto input = openai::object_of(openai::text_at(*function, "arguments"));
    if (!input && cut_short) continue;
    if (!input) return openai::broken_answer("has a tool call whose arguments are no JSON object");
    blocks.emplace_back(
        json::object("type", "tool_use", "id", *id, "name", *name, "input", std::move(*input)));
  }
  return blocks;
}

/// A message of Anthropic's, with the content that it must have.
Result<json::Value> message_of(std::string_view text) {
  auto parsed = json::parse(text);
  if (!parsed.value) return openai::broken_answer("is not a JSON document");
  const auto* type = json::find_string(*parsed.value, "type");
  const auto* content = json::find(*parsed.value, "content");
  if (type == nullptr || *type != "message" || content == nullptr || content->array() == nullptr)
    return openai::broken_answer("is not a message");
  return std::move(*parsed.value);
}

TokenCounts counts_of(const json::Value& message) {
  TokenCounts counts;
  if (const auto* usage = json::find(message, "usage")) counts.take_anthropic(*usage);
  return counts;
}

}  // namespace

Result<Translated> renamed(std::string message, std::string_view model) {
  WEIR_TRY(auto root, message_of(message));
  const auto counts = counts_of(root);
  if (name_stop(*root.object())) message = json::text_of(root);
  const auto facts = openai::inspect_answer(message);
  return Translated{openai::rename_model(std::move(message), facts, model),
                    counts.known() ? std::optional{counts.usage()} : std::nullopt};
}

Result<Translated> to_openai(std::string_view message, const AnswerRules& rules) {
  WEIR_TRY(const auto root, message_of(message));
  Blocks blocks;
  for (const auto& block : *json::find(root, "content")->array())
    if (!take_block(block, blocks)) return openai::broken_answer("holds a block that is not whole");
  const auto counts = counts_of(root);
  const bool silent = !blocks.has_text && !blocks.calls.empty();
  auto said = json::object("role", "assistant", "content",
                           silent ? json::Value{} : json::Value{std::move(blocks.content)});
  if (!blocks.reasoning.empty()) json::put(said, "reasoning_content", std::move(blocks.reasoning));
  if (!blocks.calls.empty()) json::put(said, "tool_calls", std::move(blocks.calls));
  const auto *id = json::find_string(root, "id"), *stop = json::find_string(root, "stop_reason");
  json::Array choices;
  choices.emplace_back(json::object("index", json::Value::of(0), "message", std::move(said),
                                    "logprobs", json::Value{}, "finish_reason",
                                    finish_reason(stop == nullptr ? "" : *stop)));
  const auto body =
      json::object("id", id == nullptr ? rules.id : *id, "object", "chat.completion", "created",
                   json::Value::of(rules.created_unix_s), "model", rules.model, "choices",
                   std::move(choices), "usage", counts.openai());
  return Translated{json::text_of(body),
                    counts.known() ? std::optional{counts.usage()} : std::nullopt};
}

Result<Translated> from_openai(std::string_view completion, const AnswerRules& rules) {
  const auto parsed = json::parse(completion);
  if (!parsed.value) return openai::broken_answer("is not a JSON document");
  const auto& root = *parsed.value;
  const auto* choice = openai::first_choice(root);
  const auto* message = choice == nullptr ? nullptr : json::find(*choice, "message");
  if (message == nullptr || message->object() == nullptr)
    return openai::broken_answer("is not a completion");
  const auto* calls = json::find(*message, "tool_calls");
  const bool called = calls != nullptr && calls->array() != nullptr && !calls->array()->empty();
  auto stop = stop_of(*choice, called, rules.stop);
  WEIR_TRY(auto blocks, blocks_of(*message, rules.thinking, stop.reason == "max_tokens"));
  TokenCounts counts;
  if (const auto* usage = json::find(root, "usage")) counts.take_openai(*usage);
  const auto body =
      json::object("id", rules.id, "type", "message", "role", "assistant", "model", rules.model,
                   "content", std::move(blocks), "stop_reason", stop.reason, "stop_sequence",
                   std::move(stop.sequence), "usage", counts.anthropic());
  return Translated{json::text_of(body),
                    counts.known() ? std::optional{counts.usage()} : std::nullopt};
}

}  // namespace weir::dialect::anthropic
