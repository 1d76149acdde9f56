#include "actors/domain/stream/openai_to_ollama.hpp"

#include "schema/dialect/chat_answer.hpp"
#include "schema/dialect/ollama_terms.hpp"

#include <utility>

namespace weir::domain {

namespace json = dialect::json;
namespace ollama = dialect::ollama;
namespace openai = dialect::openai;

OpenAiToOllama::OpenAiToOllama(ollama::AnswerRules rules, std::size_t event_bytes_max)
    : AnswerStream{event_bytes_max}, rules_{std::move(rules)}, held_max_{event_bytes_max} {}

Result<Done> OpenAiToOllama::event(std::string_view name, std::string& data, std::string& out) {
  if (openai::is_done_marker(data)) return stop(out);
  const auto parsed = json::parse(data);
  if (!parsed.value || parsed.value->object() == nullptr)
    return fail("an event of the engine's stream is not a JSON object");
  const auto& root = *parsed.value;
  if (openai::tells_of_error(name, root)) {
    engine_error_ = begun_ = true;
    const auto error = dialect::anthropic::error_of_openai(500, data);
    out.append(ollama::error_body(error)).push_back('\n');
    return Done{};
  }
  if (const auto* usage = json::find(root, "usage")) counts_.take_openai(*usage);
  if (counts_.known()) usage_ = counts_.usage();
  if (const auto* timings = json::find(root, "timings")) timings_ = *timings;
  if (const auto* first = openai::first_choice(root); first != nullptr && !finished_)
    if (auto read = choice(*first, out); !read) return read;
  return finished_ && usage_ ? stop(out) : Result<Done>{Done{}};
}

Result<Done> OpenAiToOllama::end(std::string& out) {
  if (!finished_ && !usage_) return fail("the engine's stream ended in the middle");
  return stop(out);
}

Result<Done> OpenAiToOllama::choice(const json::Value& choice, std::string& out) {
  if (const auto* delta = json::find(choice, "delta")) {
    auto thinking = openai::text_at(*delta, "reasoning_content");
    if (thinking.empty()) thinking = openai::text_at(*delta, "reasoning");
    say("", rules_.thinking ? thinking : "", out);
    for (const char* key : {"content", "refusal"}) say(openai::text_at(*delta, key), "", out);
    const auto* calls = json::find(*delta, "tool_calls");
    if (calls != nullptr && calls->array() != nullptr)
      for (const auto& call : *calls->array())
        if (auto read = tool_call(call); !read) return read;
  }
  const auto reason = openai::text_at(choice, "finish_reason");
  if (reason.empty()) return Done{};
  finished_ = true;
  finish_reason_ = reason;
  return Done{};
}

void OpenAiToOllama::say(std::string_view text, std::string_view thinking, std::string& out) {
  if (text.empty() && thinking.empty()) return;
  line(ollama::said(rules_, text, thinking, {}), out);
}

Result<Done> OpenAiToOllama::tool_call(const json::Value& said) {
  if (rules_.call == ollama::Call::generate)
    return fail("the engine calls a tool that it was not given");
  auto* call = calls_.find_or_add(said);
  if (call == nullptr) return fail("a tool call of the engine's is not valid");
  const auto* function = json::find(said, "function");
  const auto text =
      function == nullptr ? std::string_view{} : openai::text_at(*function, "arguments");
  if (text.size() > held_max_ - held_) return fail("too many parts of the answer wait");
  held_ += text.size();
  call->arguments.append(text);
  return Done{};
}

/// The calls whole, in one line.
Result<Done> OpenAiToOllama::tell_calls(std::string& out) {
  json::Array told;
  for (const auto& call : calls_.all()) {
    auto arguments = openai::object_of(call.arguments);
    if (!arguments && finish_reason_ == "length") continue;
    if (!arguments)
      return fail("the arguments of a tool call of the engine's are not a JSON object");
    told.emplace_back(ollama::call_of(told.size(), call.id, call.name, std::move(*arguments)));
  }
  if (!told.empty()) line(ollama::said(rules_, "", "", std::move(told)), out);
  return Done{};
}

Result<Done> OpenAiToOllama::stop(std::string& out) {
  if (auto read = tell_calls(out); !read) return read;
  auto last = ollama::said(rules_, "", "", {});
  ollama::put_end(last, rules_, finish_reason_, usage_, &timings_);
  json::append(out, std::move(last));
  out.push_back('\n');
  begun_ = done_ = true;
  return Done{};
}

void OpenAiToOllama::line(json::Object answer, std::string& out) {
  json::put(answer, "done", false);
  json::append(out, std::move(answer));
  out.push_back('\n');
  begun_ = true;
}

}  // namespace weir::domain
