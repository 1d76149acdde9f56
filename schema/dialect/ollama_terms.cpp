#include "schema/dialect/ollama_terms.hpp"

#include "schema/dialect/chat_answer.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

namespace weir::dialect::ollama {

namespace {

constexpr std::int64_t year_9999_end = 253'402'300'799;
constexpr double ns_per_ms = 1e6;
constexpr double ms_max = 1e11;

/// A duration of `timings`, told in milliseconds, in nanoseconds.
std::optional<std::int64_t> nanoseconds(const json::Value* timings, std::string_view key) {
  const auto* said = timings == nullptr ? nullptr : json::find(*timings, key);
  const auto ms = said == nullptr ? std::nullopt : said->real();
  if (!ms || !(*ms >= 0) || *ms > ms_max) return std::nullopt;
  return static_cast<std::int64_t>(*ms * ns_per_ms);
}

}  // namespace

std::string timestamp(std::int64_t unix_s) {
  using namespace std::chrono;
  const sys_seconds time{seconds{std::clamp<std::int64_t>(unix_s, 0, year_9999_end)}};
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{time - day};
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text.data();
}

json::Object said(const AnswerRules& rules, std::string_view text, std::string_view thinking,
                  json::Array calls) {
  auto answer = json::object("model", rules.model, "created_at", timestamp(rules.created_unix_s));
  if (rules.call == Call::generate) {
    json::put(answer, "response", text);
    if (!thinking.empty() && rules.thinking) json::put(answer, "thinking", thinking);
    return answer;
  }
  auto message = json::object("role", "assistant", "content", text);
  if (!thinking.empty() && rules.thinking) json::put(message, "thinking", thinking);
  if (!calls.empty()) json::put(message, "tool_calls", std::move(calls));
  json::put(answer, "message", std::move(message));
  return answer;
}

json::Object call_of(std::size_t index, std::string_view id, std::string_view name,
                     json::Value arguments) {
  auto function = json::object("index", json::Value::of(static_cast<std::int64_t>(index)), "name",
                               name, "arguments", std::move(arguments));
  json::Object call;
  if (!id.empty()) json::put(call, "id", id);
  json::put(call, "function", std::move(function));
  return call;
}

std::string_view done_reason(std::string_view finish_reason) {
  if (finish_reason == "tool_calls" || finish_reason == "function_call") return "stop";
  return finish_reason;
}

std::string_view finish_reason(std::string_view done_reason, bool tools_called) {
  if (done_reason == "length" || done_reason == "content_filter") return done_reason;
  return tools_called ? "tool_calls" : "stop";
}

void put_end(json::Object& answer, const AnswerRules& rules, std::string_view finish_reason,
             const std::optional<Usage>& usage, const json::Value* timings) {
  const auto prompt = nanoseconds(timings, "prompt_ms");
  const auto predicted = nanoseconds(timings, "predicted_ms");
  const auto parts = prompt.value_or(0) + predicted.value_or(0);
  const auto total = rules.elapsed ? std::max(rules.elapsed(), parts) : parts;
  const Usage counts = usage.value_or(Usage{});
  json::put(answer, "done", true, "done_reason", done_reason(finish_reason), "total_duration",
            json::Value::of(total), "load_duration", json::Value::of(0), "prompt_eval_count",
            json::Value::of(counts.prompt.count()));
  if (prompt) json::put(answer, "prompt_eval_duration", json::Value::of(*prompt));
  json::put(answer, "eval_count", json::Value::of(counts.completion.count()));
  if (predicted) json::put(answer, "eval_duration", json::Value::of(*predicted));
}

Result<json::Array> openai_calls(const json::Value& message, const AnswerRules& rules,
                                 std::size_t before, bool indexed) {
  json::Array made;
  const auto* calls = json::find(message, "tool_calls");
  if (calls == nullptr || calls->null()) return made;
  if (calls->array() == nullptr) return openai::broken_answer("has tool calls that are no list");
  for (const auto& call : *calls->array()) {
    const auto* function = json::find(call, "function");
    const auto name = function == nullptr ? std::string_view{} : openai::text_at(*function, "name");
    if (name.empty()) return openai::broken_answer("has a tool call without a name");
    const auto* arguments = json::find(*function, "arguments");
    const bool none = arguments == nullptr || arguments->null();
    if (!none && arguments->object() == nullptr)
      return openai::broken_answer("has a tool call whose arguments are no JSON object");
    const auto number = before + made.size();
    std::string id{openai::text_at(call, "id")};
    if (id.empty()) id = "call_" + rules.id + "_" + std::to_string(number);
    json::Object out;
    if (indexed) json::put(out, "index", json::Value::of(static_cast<std::int64_t>(number)));
    json::put(out, "id", std::move(id), "type", "function", "function",
              json::object("name", name, "arguments", none ? "{}" : json::text_of(*arguments)));
    made.emplace_back(std::move(out));
  }
  return made;
}

json::Object openai_usage(const Usage& usage) {
  return json::object("prompt_tokens", json::Value::of(usage.prompt.count()), "completion_tokens",
                      json::Value::of(usage.completion.count()), "total_tokens",
                      json::Value::of(usage.prompt.count() + usage.completion.count()));
}

}  // namespace weir::dialect::ollama
