#include "node-agent/engines/prompt_count.hpp"

#include "node-agent/engines/page.hpp"
#include "schema/dialect/json_reader.hpp"

#include <algorithm>
#include <array>

namespace weir::engines {
namespace {

namespace json = dialect::json;
using json::Object;

/// The chat without the members that `drop` names.
std::optional<Object> without(std::string_view chat, std::initializer_list<std::string_view> drop) {
  auto page = read_page(chat);
  if (!page || page->object() == nullptr) return std::nullopt;
  Object kept = std::move(*page->object());
  std::erase_if(kept, [&drop](const json::Member& member) {
    return std::find(drop.begin(), drop.end(), member.key) != drop.end();
  });
  return kept;
}

std::optional<std::uint64_t> count_of(const Value* value) {
  const auto number = value == nullptr ? std::nullopt : value->integer();
  if (!number || *number < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

}  // namespace

std::string model_of_request(std::string_view body) {
  std::string model;
  dialect::json::Reader reader{body, dialect::json::Duplicates::allowed};
  const bool whole = reader.object([&](std::string_view key) {
    if (key == "model" && reader.next() == '"') return reader.string(model);
    return reader.skip();
  });
  return whole ? model : std::string{};
}

std::optional<std::string> one_token_chat(std::string_view chat) {
  auto request = without(chat, {"max_tokens", "max_completion_tokens", "min_tokens", "stream",
                                "stream_options", "n", "best_of", "logprobs", "top_logprobs"});
  if (!request) return std::nullopt;
  json::put(*request, "max_tokens", Value::of(1), "stream", false);
  return json::text_of(std::move(*request));
}

std::optional<std::string> one_token_ollama_chat(std::string_view chat) {
  auto request = without(chat, {"stream"});
  if (!request) return std::nullopt;
  const auto found = std::find_if(request->begin(), request->end(),
                                  [](const json::Member& m) { return m.key == "options"; });
  Object options;
  if (found != request->end()) {
    if (auto* given = found->value.object()) options = std::move(*given);
    request->erase(found);
  }
  std::erase_if(options, [](const json::Member& m) { return m.key == "num_predict"; });
  json::put(options, "num_predict", Value::of(1));
  json::put(*request, "options", std::move(options), "stream", false);
  return json::text_of(std::move(*request));
}

std::optional<std::uint64_t> prompt_tokens(std::string_view answer) {
  const auto page = read_page(answer);
  if (!page) return std::nullopt;
  if (const auto openai = count_of(at(*page, {"usage", "prompt_tokens"}))) return openai;
  return count_of(at(*page, {"prompt_eval_count"}));
}

std::optional<std::string> vllm_tokenize_chat(std::string_view chat) {
  const auto page = read_page(chat);
  if (!page || page->object() == nullptr) return std::nullopt;
  constexpr std::array<std::string_view, 7> shapes{"model",
                                                   "messages",
                                                   "tools",
                                                   "chat_template",
                                                   "chat_template_kwargs",
                                                   "add_generation_prompt",
                                                   "continue_final_message"};
  Object request;
  for (const auto& member : *page->object())
    if (std::find(shapes.begin(), shapes.end(), member.key) != shapes.end())
      request.push_back(member);
  return json::text_of(std::move(request));
}

std::optional<std::uint64_t> vllm_token_count(std::string_view answer) {
  const auto page = read_page(answer);
  return page ? count_of(at(*page, {"count"})) : std::nullopt;
}

std::string llama_tokenize_prompt(std::string_view prompt, std::string_view chat) {
  auto request = json::object("content", prompt, "add_special", true, "parse_special", true);
  if (auto model = model_of_request(chat); !model.empty())
    json::put(request, "model", std::move(model));
  return json::text_of(std::move(request));
}

bool may_hold_media(std::string_view chat) {
  constexpr std::array<std::string_view, 4> kinds{"image_url", "input_image", "input_audio",
                                                  "video_url"};
  return std::any_of(kinds.begin(), kinds.end(), [chat](std::string_view kind) {
    return chat.find(kind) != std::string_view::npos;
  });
}

void tell_count(const ports::EngineAnswer& answer, std::uint64_t tokens) {
  const auto text = "{\"input_tokens\":" + std::to_string(tokens) + "}";
  answer.on_begin(200, "application/json");
  answer.on_bytes(std::as_bytes(std::span{text.data(), text.size()}));
  answer.on_end(Done{}, 0);
}

}  // namespace weir::engines
