#include "schema/dialect/chat_answer.hpp"

#include "schema/dialect/anthropic_terms.hpp"

namespace weir::dialect::openai {

namespace {

bool space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

Result<Done> take_calls(const json::Value& message, Said& said) {
  const auto* calls = json::find(message, "tool_calls");
  if (calls == nullptr || calls->null()) return Done{};
  if (calls->array() == nullptr) return broken_answer("has tool calls that are no list");
  for (const auto& call : *calls->array()) {
    const auto* function = json::find(call, "function");
    const auto name = function == nullptr ? std::string_view{} : text_at(*function, "name");
    if (name.empty()) return broken_answer("has a tool call without a name");
    said.calls.push_back({std::string{text_at(call, "id")}, std::string{name},
                          std::string{text_at(*function, "arguments")}});
  }
  return Done{};
}

}  // namespace

const json::Value* first_choice(const json::Value& answer) {
  const auto* choices = json::find(answer, "choices");
  if (choices == nullptr || choices->array() == nullptr) return nullptr;
  for (const auto& choice : *choices->array()) {
    const auto* index = json::find(choice, "index");
    if (index == nullptr || index->integer() == 0) return &choice;
  }
  return nullptr;
}

std::string_view text_at(const json::Value& object, std::string_view key) {
  const auto* found = json::find_string(object, key);
  return found == nullptr ? std::string_view{} : std::string_view{*found};
}

bool is_done_marker(std::string_view data) {
  while (!data.empty() && space(data.front())) data.remove_prefix(1);
  while (!data.empty() && space(data.back())) data.remove_suffix(1);
  return data == "[DONE]";
}

bool tells_of_error(std::string_view name, const json::Value& event) {
  const auto* error = json::find(event, "error");
  return name == "error" || (error != nullptr && !error->null()) ||
         text_at(event, "object") == "error";
}

Error broken_answer(std::string_view what) {
  return {Code::upstream_failed, "the engine's answer " + std::string{what}};
}

Result<Said> said_of(const json::Value& completion) {
  const auto* choice = first_choice(completion);
  const auto* message = choice == nullptr ? nullptr : json::find(*choice, "message");
  if (message == nullptr || message->object() == nullptr)
    return broken_answer("is not a completion");
  Said said;
  said.content = text_at(*message, "content");
  said.refusal = text_at(*message, "refusal");
  for (const char* key : {"reasoning_content", "reasoning"})
    if (said.reasoning.empty()) said.reasoning = text_at(*message, key);
  WEIR_TRY(const auto taken, take_calls(*message, said));
  static_cast<void>(taken);
  if (const auto reason = text_at(*choice, "finish_reason"); !reason.empty())
    said.finish_reason = reason;
  return said;
}

std::optional<json::Verbatim> object_of(std::string_view arguments) {
  if (arguments.empty()) return json::Verbatim{"{}"};
  const auto parsed = json::parse(arguments, {.depth_max = anthropic::arguments_depth_max});
  if (!parsed.value || parsed.value->object() == nullptr) return std::nullopt;
  return json::Verbatim{json::text_of(*parsed.value)};
}

}  // namespace weir::dialect::openai
