#include "schema/dialect/anthropic_terms.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace weir::dialect::anthropic {

namespace {

constexpr std::int64_t count_max = 1'000'000'000'000;

/// Takes the count `key` of `usage` where it is one.
bool take(const json::Value& usage, std::string_view key, std::int64_t& out) {
  const auto* value = json::find(usage, key);
  const auto count = value == nullptr ? std::nullopt : value->integer();
  if (!count || *count < 0 || *count > count_max) return false;
  out = *count;
  return true;
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> finish_reasons{
    {{"end_turn", "stop"},
     {"stop_sequence", "stop"},
     {"pause_turn", "stop"},
     {"max_tokens", "length"},
     {"model_context_window_exceeded", "length"},
     {"tool_use", "tool_calls"},
     {"refusal", "content_filter"}}};

}  // namespace

void TokenCounts::take_anthropic(const json::Value& usage) {
  const bool input = take(usage, "input_tokens", fresh_);
  const bool output = take(usage, "output_tokens", output_);
  take(usage, "cache_read_input_tokens", read_);
  take(usage, "cache_creation_input_tokens", written_);
  known_ = known_ || input || output;
}

void TokenCounts::take_openai(const json::Value& usage) {
  std::int64_t all = prompt(), cached = 0;
  const bool input = take(usage, "prompt_tokens", all);
  const bool output = take(usage, "completion_tokens", output_);
  if (const auto* details = json::find(usage, "prompt_tokens_details"))
    take(*details, "cached_tokens", cached);
  if (input) {
    read_ = std::min(cached, all);
    fresh_ = all - read_;
    written_ = 0;
  }
  known_ = known_ || input || output;
}

json::Object TokenCounts::anthropic() const {
  return json::object("input_tokens", json::Value::of(fresh_), "cache_creation_input_tokens",
                      json::Value::of(written_), "cache_read_input_tokens", json::Value::of(read_),
                      "output_tokens", json::Value::of(output_));
}

json::Object TokenCounts::openai() const {
  return json::object("prompt_tokens", json::Value::of(prompt()), "completion_tokens",
                      json::Value::of(output_), "total_tokens", json::Value::of(prompt() + output_),
                      "prompt_tokens_details",
                      json::object("cached_tokens", json::Value::of(read_)));
}

std::string_view finish_reason(std::string_view stop_reason) {
  for (const auto& [theirs, ours] : finish_reasons)
    if (theirs == stop_reason) return ours;
  return "stop";
}

bool name_stop(json::Object& holder) {
  json::Value* reason = nullptr;
  bool named = false;
  for (auto& [key, value] : holder) {
    if (key == "stop_reason") reason = &value;
    if (key == "stop_sequence") named = value.string() != nullptr && !value.string()->empty();
  }
  const auto* said = reason == nullptr ? nullptr : reason->string();
  if (!named || said == nullptr || *said != "end_turn") return false;
  *reason = "stop_sequence";
  return true;
}

std::string_view stop_reason(std::string_view finish_reason, bool tools_called) {
  if (finish_reason == "length") return "max_tokens";
  if (finish_reason == "content_filter") return "refusal";
  const bool calls = finish_reason == "tool_calls" || finish_reason == "function_call";
  return calls || tools_called ? "tool_use" : "end_turn";
}

Stop stop_of(const json::Value& choice, bool tools_called, const std::vector<std::string>& stop) {
  const auto* finish = json::find_string(choice, "finish_reason");
  Stop found;
  found.reason = stop_reason(finish == nullptr ? "stop" : *finish, tools_called);
  const auto* met = json::find_string(choice, "stop_reason");
  const bool named = met != nullptr && std::find(stop.begin(), stop.end(), *met) != stop.end();
  if (named && found.reason == "end_turn") {
    found.reason = "stop_sequence";
    found.sequence = *met;
  }
  return found;
}

}  // namespace weir::dialect::anthropic
