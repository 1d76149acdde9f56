#include "schema/dialect/anthropic_terms.hpp"
#include "schema/dialect/chat_answer.hpp"
#include "schema/dialect/error_words.hpp"
#include "schema/dialect/ollama.hpp"
#include "schema/dialect/ollama_terms.hpp"

namespace weir::dialect::ollama {

Result<Translated> to_openai(std::string_view answer, const AnswerRules& rules) {
  const auto parsed = json::parse(answer);
  const auto facts = inspect_line(answer);
  const auto* message = parsed.value ? json::find(*parsed.value, "message") : nullptr;
  if (!facts.done || message == nullptr || message->object() == nullptr)
    return openai::broken_answer("is not a chat that is done");
  WEIR_TRY(auto calls, openai_calls(*message, rules, 0, false));
  const bool called = !calls.empty();
  const auto content = openai::text_at(*message, "content");
  const auto thinking = openai::text_at(*message, "thinking");
  auto out = json::object("role", "assistant", "content",
                          called && content.empty() ? json::Value{} : json::Value{content});
  if (!thinking.empty()) json::put(out, "reasoning_content", thinking);
  if (called) json::put(out, "tool_calls", std::move(calls));
  const auto reason = finish_reason(openai::text_at(*parsed.value, "done_reason"), called);
  json::Array choices;
  choices.emplace_back(json::object("index", json::Value::of(0), "message", std::move(out),
                                    "logprobs", json::Value{}, "finish_reason", reason));
  const auto body =
      json::object("id", rules.id, "object", "chat.completion", "created",
                   json::Value::of(rules.created_unix_s), "model", rules.model, "choices",
                   std::move(choices), "usage", openai_usage(facts.usage.value_or(Usage{})));
  return Translated{json::text_of(body), facts.usage};
}

Result<Translated> from_openai(std::string_view completion, const AnswerRules& rules) {
  const auto parsed = json::parse(completion);
  if (!parsed.value) return openai::broken_answer("is not a JSON document");
  WEIR_TRY(const auto told, openai::said_of(*parsed.value));
  json::Array calls;
  for (const auto& call : told.calls) {
    auto arguments = openai::object_of(call.arguments);
    if (!arguments && told.finish_reason == "length") continue;
    if (!arguments || rules.call == Call::generate)
      return openai::broken_answer("has a tool call that cannot be told");
    calls.emplace_back(call_of(calls.size(), call.id, call.name, std::move(*arguments)));
  }
  anthropic::TokenCounts counts;
  if (const auto* usage = json::find(*parsed.value, "usage")) counts.take_openai(*usage);
  const auto usage = counts.known() ? std::optional{counts.usage()} : std::nullopt;
  auto body = said(rules, told.content + told.refusal, told.reasoning, std::move(calls));
  put_end(body, rules, told.finish_reason, usage, json::find(*parsed.value, "timings"));
  return Translated{json::text_of(body), usage};
}

Result<Translated> renamed(std::string answer, std::string_view model) {
  const auto facts = inspect_line(answer);
  if (!facts.object) return openai::broken_answer("is not a JSON object");
  const openai::AnswerFacts as{facts.usage, facts.model_value, true};
  return Translated{openai::rename_model(std::move(answer), as, model), facts.usage};
}

Error error_of(int status, std::string_view body) {
  const auto parsed = json::parse(body);
  const auto* told = parsed.value ? json::find(*parsed.value, "error") : nullptr;
  if (told == nullptr || told->string() == nullptr || told->string()->empty())
    return anthropic::error_of_openai(status, body);
  auto error = anthropic::error_of_openai(status, "");
  error.detail = cut_message(*told->string());
  if (openai::says_context_exceeded(status, body)) error.code = Code::context_length_exceeded;
  return error;
}

std::string error_body(const Error& error) {
  std::string message = error.detail.empty() ? std::string{name_of(error.code)} : error.detail;
  if (error.code == Code::model_not_found && message.find("not found") == std::string::npos)
    message += " (model not found)";
  return R"({"error":)" + openai::quoted(message) + "}";
}

}  // namespace weir::dialect::ollama
