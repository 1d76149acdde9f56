#include "schema/dialect/anthropic_terms.hpp"
#include "schema/dialect/chat_answer.hpp"
#include "schema/dialect/json_reader.hpp"
#include "schema/dialect/responses.hpp"
#include "schema/dialect/responses_terms.hpp"

#include <algorithm>
#include <array>

namespace weir::dialect::responses {

namespace {

constexpr std::int64_t count_max = 1'000'000'000'000;

std::int64_t count_at(const json::Value* object, std::string_view key) {
  const auto* said = object == nullptr ? nullptr : json::find(*object, key);
  const auto count = said == nullptr ? std::nullopt : said->integer();
  return count && *count >= 0 && *count <= count_max ? *count : 0;
}

/// What a Response tells of its request, with what stands there where the request is silent.
json::Object echoed(const json::Object& echo) {
  auto fields = json::object(
      "max_output_tokens", json::Value{}, "metadata", json::Object{}, "parallel_tool_calls", true,
      "reasoning", json::object("effort", json::Value{}, "summary", json::Value{}), "temperature",
      json::Value{}, "text", json::object("format", json::object("type", "text")), "tool_choice",
      "auto", "tools", json::Array{}, "top_p", json::Value{}, "truncation", "disabled", "user",
      json::Value{});
  for (const auto& [key, value] : echo) {
    const auto same = std::find_if(fields.begin(), fields.end(),
                                   [&](const auto& field) { return field.key == key; });
    if (same == fields.end())
      json::put(fields, key, value);
    else
      same->value = value;
  }
  return fields;
}

}  // namespace

json::Object echo_of(std::string_view body) {
  constexpr std::array<std::string_view, 13> repeated{"max_output_tokens",
                                                      "metadata",
                                                      "parallel_tool_calls",
                                                      "prompt_cache_key",
                                                      "reasoning",
                                                      "safety_identifier",
                                                      "temperature",
                                                      "text",
                                                      "tool_choice",
                                                      "tools",
                                                      "top_p",
                                                      "truncation",
                                                      "user"};
  json::Object echo;
  json::Reader reader{body, json::Duplicates::refused};
  const bool whole = reader.object([&](std::string_view key) {
    const bool wanted = std::find(repeated.begin(), repeated.end(), key) != repeated.end();
    if (!wanted || reader.next() == 'n') return reader.skip();
    std::string name{key};
    if (!reader.skip()) return false;
    const auto begin = reader.value_begin();
    auto value = json::parse(body.substr(begin, reader.value_end() - begin));
    if (value.value) json::put(echo, std::move(name), json::Verbatim{json::text_of(*value.value)});
    return true;
  });
  return whole ? echo : json::Object{};
}

Ending ending_of(std::string_view finish_reason) {
  if (finish_reason == "length") return {"incomplete", "max_output_tokens"};
  if (finish_reason == "content_filter") return {"incomplete", "content_filter"};
  return {};
}

json::Value usage_of(const json::Value* chat_usage) {
  if (chat_usage == nullptr || chat_usage->object() == nullptr) return {};
  const auto input = count_at(chat_usage, "prompt_tokens");
  const auto output = count_at(chat_usage, "completion_tokens");
  const auto cached = count_at(json::find(*chat_usage, "prompt_tokens_details"), "cached_tokens");
  const auto reasoned =
      count_at(json::find(*chat_usage, "completion_tokens_details"), "reasoning_tokens");
  return json::object("input_tokens", json::Value::of(input), "input_tokens_details",
                      json::object("cached_tokens", json::Value::of(std::min(cached, input)),
                                   "cache_write_tokens", json::Value::of(0)),
                      "output_tokens", json::Value::of(output), "output_tokens_details",
                      json::object("reasoning_tokens", json::Value::of(std::min(reasoned, output))),
                      "total_tokens", json::Value::of(input + output));
}

json::Object response_of(const AnswerRules& rules, std::string_view status,
                         std::string_view incomplete_reason, json::Array output,
                         json::Value usage) {
  json::Value incomplete;
  if (!incomplete_reason.empty()) incomplete = json::object("reason", incomplete_reason);
  auto response = json::object("id", rules.id, "object", "response", "created_at",
                               json::Value::of(rules.created_unix_s), "status", status,
                               "background", false, "error", json::Value{}, "incomplete_details",
                               std::move(incomplete), "instructions", json::Value{}, "model",
                               rules.model, "output", std::move(output), "previous_response_id",
                               json::Value{}, "store", false, "usage", std::move(usage));
  for (auto& field : echoed(rules.echo)) response.push_back(std::move(field));
  return response;
}

json::Object message_item(std::string id, std::string_view status, json::Array content) {
  return json::object("id", std::move(id), "type", "message", "status", status, "role", "assistant",
                      "content", std::move(content));
}

json::Object call_item(std::string id, std::string_view status, std::string call_id,
                       std::string name, std::string arguments) {
  return json::object("id", std::move(id), "type", "function_call", "status", status, "call_id",
                      std::move(call_id), "name", std::move(name), "arguments",
                      std::move(arguments));
}

json::Object text_part(std::string_view text) {
  return json::object("type", "output_text", "text", text, "annotations", json::Array{}, "logprobs",
                      json::Array{});
}

json::Object refusal_part(std::string_view text) {
  return json::object("type", "refusal", "refusal", text);
}

std::string item_id(const AnswerRules& rules, std::string_view kind, std::size_t number) {
  constexpr std::string_view prefix = "resp_";
  std::string_view tail = rules.id;
  if (tail.starts_with(prefix)) tail.remove_prefix(prefix.size());
  return std::string{kind} + "_" + std::string{tail} + "_" + std::to_string(number);
}

Result<Translated> from_openai(std::string_view completion, const AnswerRules& rules) {
  const auto parsed = json::parse(completion);
  if (!parsed.value) return openai::broken_answer("is not a JSON document");
  WEIR_TRY(auto said, openai::said_of(*parsed.value));
  const auto ending = ending_of(said.finish_reason);
  json::Array content, output;
  if (!said.content.empty()) content.emplace_back(text_part(said.content));
  if (!said.refusal.empty()) content.emplace_back(refusal_part(said.refusal));
  if (content.empty() && said.calls.empty()) content.emplace_back(text_part(""));
  if (!content.empty())
    output.emplace_back(message_item(item_id(rules, "msg", 0), ending.status, std::move(content)));
  for (auto& call : said.calls) {
    const auto number = output.size();
    if (call.id.empty()) call.id = item_id(rules, "call", number);
    if (call.arguments.empty()) call.arguments = "{}";
    output.emplace_back(call_item(item_id(rules, "fc", number), ending.status, std::move(call.id),
                                  std::move(call.name), std::move(call.arguments)));
  }
  const auto* usage = json::find(*parsed.value, "usage");
  anthropic::TokenCounts counts;
  if (usage != nullptr) counts.take_openai(*usage);
  const auto body =
      response_of(rules, ending.status, ending.reason, std::move(output), usage_of(usage));
  return Translated{json::text_of(body),
                    counts.known() ? std::optional{counts.usage()} : std::nullopt};
}

std::string error_event(const Error& error, std::int64_t sequence_number) {
  const auto body = openai::error_body(error, "");  // {"error":{…}}
  const auto message = error.detail.empty() ? name_of(error.code) : std::string_view{error.detail};
  return R"({"type":"error","sequence_number":)" + std::to_string(sequence_number) + R"(,"code":)" +
         openai::quoted(name_of(error.code)) + R"(,"message":)" + openai::quoted(message) +
         R"(,"param":null,)" + body.substr(1);
}

}  // namespace weir::dialect::responses
