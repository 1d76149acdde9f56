#include "actors/domain/stream/anthropic_to_openai.hpp"

#include <algorithm>
#include <utility>

namespace weir::domain {

namespace anthropic = dialect::anthropic;
namespace json = dialect::json;

namespace {

/// The number of the block that an event is about; -1 where it says none.
std::int64_t index_of(const json::Value& event) {
  const auto* said = json::find(event, "index");
  return said == nullptr ? -1 : said->integer().value_or(-1);
}

}  // namespace

AnthropicToOpenAi::AnthropicToOpenAi(anthropic::AnswerRules rules, bool keep_usage,
                                     std::size_t event_bytes_max)
    : AnswerStream{event_bytes_max}, rules_{std::move(rules)}, keep_usage_{keep_usage} {}

Result<Done> AnthropicToOpenAi::event(std::string_view, std::string& data, std::string& out) {
  const auto parsed = json::parse(data);
  if (!parsed.value || parsed.value->object() == nullptr)
    return fail("an event of the engine's stream is not a JSON object");
  const auto& root = *parsed.value;
  const auto* type = json::find_string(root, "type");
  if (type == nullptr) return fail("an event of the engine's stream has no type");
  if (*type == "error") {
    engine_error_ = begun_ = true;
    const auto error = anthropic::error_of(500, data);
    out.append("event: error\n").append(sse_event(dialect::openai::error_body(error, "")));
    return Done{};
  }
  if (*type == "message_start") return message_start(root, out);
  const bool known = *type == "content_block_start" || *type == "content_block_delta" ||
                     *type == "content_block_stop" || *type == "message_delta" ||
                     *type == "message_stop";
  if (!known) return Done{};
  if (!begun_) return fail("the engine's stream does not begin with a message_start");
  if (*type == "content_block_start") return block_start(root, out);
  if (*type == "content_block_delta") return block_delta(root, out);
  if (*type == "content_block_stop") return block_stop(root, out);
  if (*type == "message_delta") return message_delta(root, out);
  if (!stopped_) return fail("the engine's stream ended without a stop_reason");
  complete(out);
  return Done{};
}

Result<Done> AnthropicToOpenAi::end(std::string& out) {
  if (!stopped_) return fail("the engine's stream ended in the middle");
  complete(out);
  return Done{};
}

void AnthropicToOpenAi::take_usage(const json::Value* holder) {
  const auto* usage = holder == nullptr ? nullptr : json::find(*holder, "usage");
  if (usage != nullptr) counts_.take_anthropic(*usage);
  if (counts_.known()) usage_ = counts_.usage();
}

Result<Done> AnthropicToOpenAi::message_start(const json::Value& event, std::string& out) {
  const auto* message = json::find(event, "message");
  if (begun_ || message == nullptr) return fail("a message_start of the engine's is not valid");
  if (const auto* id = json::find_string(*message, "id"); id != nullptr && !id->empty())
    rules_.id = *id;
  take_usage(message);
  chunk(json::object("role", "assistant", "content", ""), {}, out);
  return Done{};
}

AnthropicToOpenAi::Block* AnthropicToOpenAi::find(const json::Value& event) {
  const auto index = index_of(event);
  const auto at = std::find_if(open_.begin(), open_.end(),
                               [&](const Block& block) { return index == block.index; });
  return at == open_.end() ? nullptr : &*at;
}

Result<Done> AnthropicToOpenAi::block_start(const json::Value& event, std::string& out) {
  const auto index = index_of(event);
  const auto* block = json::find(event, "content_block");
  const auto* type = block == nullptr ? nullptr : json::find_string(*block, "type");
  const bool valid = index >= 0 && type != nullptr && find(event) == nullptr && !stopped_;
  if (!valid || open_.size() >= open_blocks_max)
    return fail("a content_block_start of the engine's is not valid");
  auto& open = open_.emplace_back(Block{.index = index});
  if (*type == "tool_use") return open_call(*block, open, out);
  // Texts begin empty; some servers send all of one here.
  if (*type == "text" || *type == "thinking")
    if (const auto* first = json::find_string(*block, *type); first != nullptr && !first->empty())
      chunk(json::object(*type == "text" ? "content" : "reasoning_content", *first), {}, out);
  return Done{};
}

Result<Done> AnthropicToOpenAi::open_call(const json::Value& block, Block& open, std::string& out) {
  const auto *id = json::find_string(block, "id"), *name = json::find_string(block, "name");
  if (id == nullptr || name == nullptr || id->empty() || name->empty())
    return fail("a tool_use of the engine's has no name");
  if (const auto* input = json::find(block, "input");
      input != nullptr && input->object() != nullptr)
    open.input = json::text_of(*input);
  open.call = calls_++;
  json::Array calls;
  calls.emplace_back(json::object("index", json::Value::of(open.call), "id", *id, "type",
                                  "function", "function",
                                  json::object("name", *name, "arguments", "")));
  chunk(json::object("tool_calls", std::move(calls)), {}, out);
  return Done{};
}

Result<Done> AnthropicToOpenAi::block_delta(const json::Value& event, std::string& out) {
  auto* block = find(event);
  const auto* delta = json::find(event, "delta");
  const auto* type = delta == nullptr ? nullptr : json::find_string(*delta, "type");
  if (block == nullptr || type == nullptr)
    return fail("a content_block_delta of the engine's is not valid");
  const std::string_view holder = *type == "text_delta"         ? "text"
                                  : *type == "thinking_delta"   ? "thinking"
                                  : *type == "input_json_delta" ? "partial_json"
                                                                : "";
  if (holder.empty()) return Done{};
  const auto* said = json::find_string(*delta, holder);
  const bool input = holder == "partial_json";
  if (said == nullptr || (input && block->call < 0))
    return fail("a content_block_delta of the engine's is not valid");
  if (said->empty()) return Done{};
  if (input) {
    block->deltas = true;
    arguments(block->call, *said, out);
  } else {
    chunk(json::object(holder == "text" ? "content" : "reasoning_content", *said), {}, out);
  }
  return Done{};
}

Result<Done> AnthropicToOpenAi::block_stop(const json::Value& event, std::string& out) {
  auto* block = find(event);
  if (block == nullptr) return fail("a content_block_stop of the engine's is not valid");
  if (block->call >= 0 && !block->deltas) arguments(block->call, block->input, out);
  open_.erase(open_.begin() + (block - open_.data()));
  return Done{};
}

Result<Done> AnthropicToOpenAi::message_delta(const json::Value& event, std::string& out) {
  take_usage(&event);
  const auto* delta = json::find(event, "delta");
  const auto* reason = delta == nullptr ? nullptr : json::find_string(*delta, "stop_reason");
  if (reason == nullptr || std::exchange(stopped_, true)) return Done{};
  chunk({}, anthropic::finish_reason(*reason), out);
  return Done{};
}

json::Object AnthropicToOpenAi::head() const {
  return json::object("id", rules_.id, "object", "chat.completion.chunk", "created",
                      json::Value::of(rules_.created_unix_s), "model", rules_.model);
}

void AnthropicToOpenAi::append(json::Object chunk, std::string& out) {
  out.append("data: ");
  json::append(out, std::move(chunk));
  out.append("\n\n");
  begun_ = true;
}

void AnthropicToOpenAi::chunk(json::Object delta, json::Value finish_reason, std::string& out) {
  json::Array choices;
  choices.emplace_back(json::object("index", json::Value::of(0), "delta", std::move(delta),
                                    "logprobs", json::Value{}, "finish_reason",
                                    std::move(finish_reason)));
  auto whole = head();
  json::put(whole, "choices", std::move(choices));
  append(std::move(whole), out);
}

void AnthropicToOpenAi::arguments(std::int64_t call, std::string_view text, std::string& out) {
  json::Array calls;
  calls.emplace_back(
      json::object("index", json::Value::of(call), "function", json::object("arguments", text)));
  chunk(json::object("tool_calls", std::move(calls)), {}, out);
}

void AnthropicToOpenAi::complete(std::string& out) {
  if (keep_usage_ && counts_.known()) {
    auto whole = head();
    json::put(whole, "choices", json::Array{}, "usage", counts_.openai());
    append(std::move(whole), out);
  }
  out.append(openai_last_event);
  done_ = begun_ = true;
}

}  // namespace weir::domain
