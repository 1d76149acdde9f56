#include "schema/dialect/ollama_options.hpp"

#include <algorithm>
#include <array>

namespace weir::dialect::ollama {

namespace {

constexpr double any = 1e9;

/// A number of the options: where it goes, and the value at which it changes nothing.
struct Numeric {
  std::string_view name;
  double least;
  double most;
  std::optional<double> neutral;
  json::Object ChatRequest::*fields;
};
const std::array<Numeric, 6> numerics{
    {{"seed", -1e18, 1e18, std::nullopt, &ChatRequest::openai_only},
     {"presence_penalty", -2, 2, 0.0, &ChatRequest::openai_only},
     {"frequency_penalty", -2, 2, 0.0, &ChatRequest::openai_only},
     {"min_p", 0, 1, 0.0, &ChatRequest::own_only},
     {"repeat_penalty", 0, any, 1.0, &ChatRequest::own_only},
     {"repeat_last_n", -1, any, std::nullopt, &ChatRequest::own_only}}};

/// What says how the engine is to run the model.
constexpr std::array<std::string_view, 15> of_the_engine{
    "num_predict",  // read before
    "num_ctx",     "num_keep",   "num_batch",  "num_gpu",         "main_gpu",
    "num_thread",  "use_mmap",   "use_mlock",  "low_vram",        "numa",
    "f16_kv",      "vocab_only", "logits_all", "penalize_newline"};

/// Samplers that have no counterpart, and the values at which they change nothing. The other
/// settings of a sampler that is off do not matter.
struct Foreign {
  std::string_view name;
  double neutral;
};
constexpr std::array<Foreign, 3> foreign{{{"mirostat", 0}, {"tfs_z", 1}, {"typical_p", 1}}};

bool read_stop(json::Value& value, Checker& check, ChatRequest& request) {
  if (value.string() != nullptr) {
    if (!value.string()->empty()) request.stop.push_back(std::move(*value.string()));
    return true;
  }
  auto* items = check.array(value, "options.stop");
  if (items == nullptr) return false;
  for (std::size_t i = 0; i < items->size(); ++i)
    if (!check.name((*items)[i], at("options.stop", i), request.stop.emplace_back())) return false;
  return true;
}

bool read_numeric(const Numeric& numeric, const json::Value& value, Checker& check,
                  ChatRequest& request) {
  std::optional<json::Number> number;
  if (!check.number(value, at("options", numeric.name), numeric.least, numeric.most, number))
    return false;
  if (!numeric.neutral || value.real() != *numeric.neutral)
    json::put(request.*numeric.fields, std::string{numeric.name}, std::move(*number));
  return true;
}

bool read_option(const std::string& key, json::Value& value, Checker& check, ChatRequest& request) {
  const auto param = at("options", key);
  if (key == "temperature") return check.number(value, param, 0, 2, request.temperature);
  if (key == "top_p") return check.number(value, param, 0, 1, request.top_p);
  if (key == "top_k") return check.number(value, param, -1, any, request.top_k);
  if (key == "stop") return read_stop(value, check, request);
  for (const auto& numeric : numerics)
    if (numeric.name == key) return read_numeric(numeric, value, check, request);
  if (std::find(of_the_engine.begin(), of_the_engine.end(), key) != of_the_engine.end())
    return true;
  if (key == "mirostat_tau" || key == "mirostat_eta") return true;
  for (const auto& [name, neutral] : foreign)
    if (name == key && value.real() == neutral) return true;
  return check.unsupported(param, "this option cannot be translated");
}

/// A field of `fields`, taken out of them.
json::Value take(json::Object& fields, std::string_view key) {
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const auto& field) { return field.key == key; });
  if (found == fields.end()) return {};
  auto value = std::move(found->value);
  fields.erase(found);
  return value;
}

}  // namespace

bool read_options(json::Object& options, Checker& check, ChatRequest& request) {
  for (auto& [key, value] : options)
    if (!value.null() && !read_option(key, value, check, request)) return false;
  // 0 and below mean that nobody cuts what is chosen from.
  if (request.top_k && json::Value{*request.top_k}.real() <= 0.0) request.top_k.reset();
  return true;
}

bool write_options(ChatRequest& request, std::uint32_t output_tokens_max, Checker& check,
                   json::Object& options) {
  if (output_tokens_max != 0) json::put(options, "num_predict", json::Value::of(output_tokens_max));
  if (request.temperature) json::put(options, "temperature", std::move(*request.temperature));
  if (request.top_p) json::put(options, "top_p", std::move(*request.top_p));
  if (request.top_k) json::put(options, "top_k", std::move(*request.top_k));
  for (const auto& numeric : numerics) {
    auto value = take(request.*numeric.fields, numeric.name);
    if (value.null()) continue;
    if (value.number() == nullptr)
      return check.refuse(std::string{numeric.name}, "must be a number");
    json::put(options, std::string{numeric.name}, std::move(value));
  }
  json::Array stops;
  for (auto& stop : request.stop) stops.emplace_back(std::move(stop));
  if (!stops.empty()) json::put(options, "stop", std::move(stops));
  return true;
}

}  // namespace weir::dialect::ollama
