#include "schema/dialect/completion.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace weir::dialect::completion {

namespace {

bool among(const auto& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// How the engine is to run the model; that is its own business.
constexpr std::array<std::string_view, 14> hints{
    "num_ctx",   "num_keep", "num_batch",  "num_gpu", "main_gpu", "num_thread", "use_mmap",
    "use_mlock", "low_vram", "vocab_only", "numa",    "f16_kv",   "logits_all", "penalize_newline"};
constexpr std::array<std::string_view, 9> sampling{
    "temperature",       "top_p",         "top_k", "seed", "stop", "min_p", "presence_penalty",
    "frequency_penalty", "repeat_penalty"};
constexpr std::array<std::string_view, 5> left_behind{"model", "raw", "keep_alive", "metadata",
                                                      "stream"};

/// Whether an absent field would say the same.
bool says_nothing(const json::Value& value) {
  const auto* text = value.string();
  const auto* list = value.array();
  const auto* truth = value.boolean();
  return value.null() || (text != nullptr && text->empty()) || (list != nullptr && list->empty()) ||
         (truth != nullptr && !*truth);
}

Rendering refused(Code code, std::string what, std::string param) {
  return {std::nullopt, 0, {{code, std::move(what)}, std::move(param)}};
}

/// Adds `options` to `out`. returns the name of one that cannot be said, or an empty one.
std::string take_options(json::Object options, json::Object& out) {
  for (auto& [key, value] : options) {
    if (says_nothing(value) || among(hints, key)) continue;
    if (key == "num_predict") {
      const auto most = value.integer();
      if (!most) return key;
      if (*most > 0) json::put(out, "max_tokens", std::move(value));
    } else if (among(sampling, key)) {
      json::put(out, std::move(key), std::move(value));
    } else {
      return key;
    }
  }
  return {};
}

}  // namespace

Rendering from_raw_generate(std::string_view body, std::string_view model) {
  auto parsed = json::parse(body);
  auto* fields = parsed.value ? parsed.value->object() : nullptr;
  if (fields == nullptr) return refused(Code::invalid_request, "the body is not a JSON object", "");
  bool stream = true;
  auto made = json::object("model", model);
  for (auto& [key, value] : *fields) {
    if (key == "stream" && value.boolean() != nullptr) stream = *value.boolean();
    if (among(left_behind, key) || says_nothing(value)) continue;
    if (key == "prompt" && value.string() != nullptr) {
      json::put(made, "prompt", std::move(value));
    } else if (key == "options" && value.object() != nullptr) {
      if (auto name = take_options(std::move(*value.object()), made); !name.empty())
        return refused(Code::not_supported, "this model's engine has no such option",
                       "options." + name);
    } else {
      return refused(Code::not_supported, "a raw prompt cannot go with this field", key);
    }
  }
  // Plain completions end after 16 tokens where no limit is said; a raw prompt of Ollama's does
  // not.
  if (std::none_of(made.begin(), made.end(), [](const auto& m) { return m.key == "max_tokens"; }))
    json::put(made, "max_tokens", json::Value{});
  json::put(made, "stream", stream);
  if (stream) json::put(made, "stream_options", json::object("include_usage", true));
  return {json::text_of(std::move(made)), 0, {}};
}

json::Value as_chat(json::Value completion, bool chunk) {
  auto* members = completion.object();
  if (members == nullptr) return completion;
  for (auto& [key, value] : *members) {
    if (key == "object") value = chunk ? "chat.completion.chunk" : "chat.completion";
    if (key != "choices" || value.array() == nullptr) continue;
    for (auto& choice : *value.array()) {
      auto* parts = choice.object();
      if (parts == nullptr) continue;
      for (auto& [name, said] : *parts) {
        if (name != "text") continue;
        auto message = json::object("role", "assistant", "content", std::move(said));
        name = chunk ? "delta" : "message";
        said = std::move(message);
      }
    }
  }
  return completion;
}

Result<anthropic::Translated> to_chat(std::string_view completion) {
  auto parsed = json::parse(completion);
  if (!parsed.value || parsed.value->object() == nullptr)
    return Error{Code::upstream_failed, "the engine's answer is no JSON object"};
  return anthropic::Translated{json::text_of(as_chat(std::move(*parsed.value), false)), {}};
}

}  // namespace weir::dialect::completion
