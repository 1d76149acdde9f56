#include "actors/domain/stream/openai_to_responses.hpp"

#include "schema/dialect/anthropic_terms.hpp"
#include "schema/dialect/chat_answer.hpp"
#include "schema/dialect/responses_terms.hpp"

#include <utility>

namespace weir::domain {

namespace json = dialect::json;
namespace openai = dialect::openai;
namespace responses = dialect::responses;

namespace {

json::Object part_of(bool refusal, std::string_view text) {
  return refusal ? responses::refusal_part(text) : responses::text_part(text);
}

json::Object joined(json::Object first, json::Object second) {
  for (auto& field : second) first.push_back(std::move(field));
  return first;
}

}  // namespace

OpenAiToResponses::OpenAiToResponses(responses::AnswerRules rules, std::size_t event_bytes_max)
    : AnswerStream{event_bytes_max}, rules_{std::move(rules)} {}

Result<Done> OpenAiToResponses::event(std::string_view name, std::string& data, std::string& out) {
  if (openai::is_done_marker(data)) {
    stop(out);
    return Done{};
  }
  const auto parsed = json::parse(data);
  if (!parsed.value || parsed.value->object() == nullptr)
    return fail("an event of the engine's stream is not a JSON object");
  const auto& root = *parsed.value;
  if (openai::tells_of_error(name, root)) {
    engine_error_ = begun_ = true;
    const auto error = dialect::anthropic::error_of_openai(500, data);
    out.append("event: error\n").append(sse_event(responses::error_event(error, sequence_++)));
    return Done{};
  }
  if (const auto* usage = json::find(root, "usage"); usage != nullptr) {
    dialect::anthropic::TokenCounts counts;
    counts.take_openai(*usage);
    if (counts.known()) {
      usage_ = counts.usage();
      chat_usage_ = *usage;
    }
  }
  if (!begun_) start(out);
  if (const auto* first = openai::first_choice(root); first != nullptr && !finished_)
    if (auto read = choice(*first, out); !read) return read;
  if (finished_ && usage_) stop(out);
  return Done{};
}

Result<Done> OpenAiToResponses::end(std::string& out) {
  if (!finished_ && !usage_) return fail("the engine's stream ended in the middle");
  stop(out);
  return Done{};
}

Result<Done> OpenAiToResponses::choice(const json::Value& choice, std::string& out) {
  if (const auto* delta = json::find(choice, "delta")) {
    if (auto said = say(false, openai::text_at(*delta, "content"), out); !said) return said;
    if (auto said = say(true, openai::text_at(*delta, "refusal"), out); !said) return said;
    const auto* calls = json::find(*delta, "tool_calls");
    if (calls != nullptr && calls->array() != nullptr)
      for (const auto& call : *calls->array())
        if (auto read = tool_call(call, out); !read) return read;
  }
  const auto reason = openai::text_at(choice, "finish_reason");
  if (reason.empty()) return Done{};
  finished_ = true;
  finish_reason_ = reason;
  return Done{};
}

Result<Done> OpenAiToResponses::hold(std::string_view text, std::string& into) {
  if (text.size() > answer_bytes_max - held_) return fail("the engine's answer is too long");
  held_ += text.size();
  into.append(text);
  return Done{};
}

/// Text goes to the last part where that is of its kind, else to a new one.
Result<Done> OpenAiToResponses::say(bool refusal, std::string_view text, std::string& out) {
  if (text.empty()) return Done{};
  const bool open = !items_.empty() && items_.back().name.empty();
  if (!open && items_.size() >= items_max) return fail("the engine's answer has too many parts");
  if (!open) open_message(out);
  auto& parts = items_.back().parts;
  if (!parts.empty() && parts.back().refusal != refusal) close_part(out);
  if (parts.empty() || parts.back().refusal != refusal) {
    if (parts.size() >= items_max) return fail("the engine's answer has too many parts");
    open_part(refusal, out);
  }
  if (auto held = hold(text, parts.back().text); !held) return held;
  auto delta = joined(part_place(), json::object("delta", text));
  if (!refusal) json::put(delta, "logprobs", json::Array{});
  emit(refusal ? "response.refusal.delta" : "response.output_text.delta", std::move(delta), out);
  return Done{};
}

Result<Done> OpenAiToResponses::tool_call(const json::Value& said, std::string& out) {
  const auto* call = calls_.find_or_add(said);
  if (call == nullptr) return fail("a tool call of the engine's is not valid");
  const auto number = static_cast<std::size_t>(call - calls_.all().data());
  if (number == call_items_.size()) open_call(*call, out);
  const auto* function = json::find(said, "function");
  const auto text =
      function == nullptr ? std::string_view{} : openai::text_at(*function, "arguments");
  if (text.empty()) return Done{};
  const auto at = call_items_[number];
  if (auto held = hold(text, items_[at].arguments); !held) return held;
  emit("response.function_call_arguments.delta", joined(place_of(at), json::object("delta", text)),
       out);
  return Done{};
}

void OpenAiToResponses::open_message(std::string& out) {
  items_.push_back({.id = responses::item_id(rules_, "msg", items_.size())});
  emit("response.output_item.added",
       json::object("output_index", json::Value::of(static_cast<std::int64_t>(items_.size() - 1)),
                    "item", responses::message_item(items_.back().id, "in_progress", {})),
       out);
}

void OpenAiToResponses::open_call(const ToolCallSoFar& call, std::string& out) {
  if (!items_.empty() && items_.back().name.empty()) close_message("completed", out);
  const auto number = items_.size();
  call_items_.push_back(number);
  items_.push_back(
      {.id = responses::item_id(rules_, "fc", number),
       .parts = {},
       .call_id = call.id.empty() ? responses::item_id(rules_, "call", number) : call.id,
       .name = call.name});
  emit("response.output_item.added",
       json::object("output_index", json::Value::of(static_cast<std::int64_t>(number)), "item",
                    responses::call_item(items_[number].id, "in_progress", items_[number].call_id,
                                         call.name, "")),
       out);
}

json::Object OpenAiToResponses::place_of(std::size_t item) const {
  return json::object("item_id", items_[item].id, "output_index",
                      json::Value::of(static_cast<std::int64_t>(item)));
}

json::Object OpenAiToResponses::part_place() const {
  const auto last = items_.size() - 1;
  const auto index = static_cast<std::int64_t>(items_[last].parts.size()) - 1;
  return joined(place_of(last), json::object("content_index", json::Value::of(index)));
}

void OpenAiToResponses::open_part(bool refusal, std::string& out) {
  items_.back().parts.push_back({refusal, {}});
  emit("response.content_part.added",
       joined(part_place(), json::object("part", part_of(refusal, ""))), out);
}

void OpenAiToResponses::close_part(std::string& out) {
  const auto& part = items_.back().parts.back();
  auto done = joined(part_place(), json::object(part.refusal ? "refusal" : "text", part.text));
  if (!part.refusal) json::put(done, "logprobs", json::Array{});
  emit(part.refusal ? "response.refusal.done" : "response.output_text.done", std::move(done), out);
  emit("response.content_part.done",
       joined(part_place(), json::object("part", part_of(part.refusal, part.text))), out);
}

void OpenAiToResponses::close_message(std::string_view status, std::string& out) {
  if (items_.back().parts.empty()) open_part(false, out);
  close_part(out);
  items_.back().whole = true;
  emit("response.output_item.done",
       json::object("output_index", json::Value::of(static_cast<std::int64_t>(items_.size() - 1)),
                    "item", item_of(items_.back(), status)),
       out);
}

void OpenAiToResponses::close_call(std::size_t at, std::string_view status, std::string& out) {
  auto& item = items_[at];
  if (item.arguments.empty()) {
    item.arguments = "{}";
    emit("response.function_call_arguments.delta",
         joined(place_of(at), json::object("delta", item.arguments)), out);
  }
  item.whole = true;
  emit("response.function_call_arguments.done",
       joined(place_of(at), json::object("name", item.name, "arguments", item.arguments)), out);
  emit("response.output_item.done",
       json::object("output_index", json::Value::of(static_cast<std::int64_t>(at)), "item",
                    item_of(item, status)),
       out);
}

json::Object OpenAiToResponses::item_of(const Item& item, std::string_view status) {
  if (!item.name.empty())
    return responses::call_item(item.id, status, item.call_id, item.name, item.arguments);
  json::Array content;
  for (const auto& part : item.parts) content.emplace_back(part_of(part.refusal, part.text));
  return responses::message_item(item.id, status, std::move(content));
}

void OpenAiToResponses::start(std::string& out) {
  for (const char* name : {"response.created", "response.in_progress"})
    emit(name, json::object("response", responses::response_of(rules_, "in_progress", "", {}, {})),
         out);
}

void OpenAiToResponses::stop(std::string& out) {
  if (!begun_) start(out);
  const auto ending = responses::ending_of(finish_reason_);
  if (items_.empty()) open_message(out);
  json::Array output;
  for (std::size_t at = 0; at < items_.size(); ++at) {
    const bool message = items_[at].name.empty();
    if (!items_[at].whole && message) close_message(ending.status, out);
    if (!items_[at].whole) close_call(at, ending.status, out);
    // A message before a call was whole before the answer ended.
    const bool before = message && at + 1 < items_.size();
    output.emplace_back(item_of(items_[at], before ? "completed" : ending.status));
  }
  emit("response." + std::string{ending.status},
       json::object("response",
                    responses::response_of(rules_, ending.status, ending.reason, std::move(output),
                                           responses::usage_of(&chat_usage_))),
       out);
  done_ = true;
}

void OpenAiToResponses::emit(std::string_view name, json::Object fields, std::string& out) {
  auto whole = json::object("type", name, "sequence_number", json::Value::of(sequence_++));
  out.append("event: ").append(name).append("\ndata: ");
  json::append(out, joined(std::move(whole), std::move(fields)));
  out.append("\n\n");
  begun_ = true;
}

}  // namespace weir::domain
