#include "actors/domain/stream/ollama_to_openai.hpp"

#include "schema/dialect/chat_answer.hpp"
#include "schema/dialect/ollama_terms.hpp"

#include <utility>

namespace weir::domain {

namespace json = dialect::json;
namespace ollama = dialect::ollama;
namespace openai = dialect::openai;

OllamaToOpenAi::OllamaToOpenAi(ollama::AnswerRules rules, bool keep_usage,
                               std::size_t event_bytes_max)
    : AnswerStream{event_bytes_max, Framing::lines},
      rules_{std::move(rules)},
      keep_usage_{keep_usage} {}

Result<Done> OllamaToOpenAi::event(std::string_view, std::string& data, std::string& out) {
  const auto parsed = json::parse(data);
  if (!parsed.value || parsed.value->object() == nullptr)
    return fail("a line of the engine's stream is not a JSON object");
  const auto& line = *parsed.value;
  const auto facts = ollama::inspect_line(data);
  if (facts.error) {
    engine_error_ = begun_ = true;
    const auto error = ollama::error_of(500, data);
    out.append("event: error\n").append(sse_event(openai::error_body(error, "")));
    return Done{};
  }
  if (facts.usage) usage_ = facts.usage;
  const auto* said = json::find(line, "message");
  if (said == nullptr && !facts.done) return fail("a line of the engine's stream says nothing");
  if (!begun_) chunk(json::object("role", "assistant", "content", ""), {}, out);
  if (said != nullptr)
    if (auto read = message(*said, out); !read) return read;
  if (facts.done) complete(line, out);
  return Done{};
}

Result<Done> OllamaToOpenAi::end(std::string&) {
  return fail("the engine's stream ended in the middle");
}

Result<Done> OllamaToOpenAi::message(const json::Value& message, std::string& out) {
  if (const auto text = openai::text_at(message, "thinking"); !text.empty())
    chunk(json::object("reasoning_content", text), {}, out);
  if (const auto text = openai::text_at(message, "content"); !text.empty())
    chunk(json::object("content", text), {}, out);
  auto calls = ollama::openai_calls(message, rules_, calls_, true);
  if (!calls) return fail(calls.error().detail);
  if (calls->empty()) return Done{};
  calls_ += calls->size();
  chunk(json::object("tool_calls", std::move(*calls)), {}, out);
  return Done{};
}

void OllamaToOpenAi::complete(const json::Value& line, std::string& out) {
  chunk({}, ollama::finish_reason(openai::text_at(line, "done_reason"), calls_ > 0), out);
  if (keep_usage_ && usage_)
    append(json::object("choices", json::Array{}, "usage", ollama::openai_usage(*usage_)), out);
  out.append(openai_last_event);
  done_ = true;
}

void OllamaToOpenAi::chunk(json::Object delta, json::Value finish_reason, std::string& out) {
  json::Array choices;
  choices.emplace_back(json::object("index", json::Value::of(0), "delta", std::move(delta),
                                    "logprobs", json::Value{}, "finish_reason",
                                    std::move(finish_reason)));
  append(json::object("choices", std::move(choices)), out);
}

void OllamaToOpenAi::append(json::Object fields, std::string& out) {
  auto whole = json::object("id", rules_.id, "object", "chat.completion.chunk", "created",
                            json::Value::of(rules_.created_unix_s), "model", rules_.model);
  for (auto& field : fields) whole.push_back(std::move(field));
  out.append("data: ");
  json::append(out, std::move(whole));
  out.append("\n\n");
  begun_ = true;
}

}  // namespace weir::domain
