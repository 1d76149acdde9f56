#include "actors/domain/stream/openai_to_anthropic.hpp"

#include "schema/dialect/chat_answer.hpp"

#include <utility>

namespace weir::domain {

namespace anthropic = dialect::anthropic;
namespace json = dialect::json;
namespace openai = dialect::openai;

namespace {

bool space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

}  // namespace

bool ObjectEnd::take(std::string_view text) {
  for (const char c : text) {
    if (in_string_) {
      if (std::exchange(escaped_, false)) continue;
      escaped_ = c == '\\';
      in_string_ = c != '"';
    } else if (whole() || !begun_) {
      if (space(c)) continue;
      if (begun_ || c != '{') return false;
      begun_ = true;
      depth_ = 1;
    } else if (c == '"') {
      in_string_ = true;
    } else if (c == '{' || c == '[') {
      ++depth_;
    } else if (c == '}' || c == ']') {
      --depth_;
    }
  }
  return true;
}

OpenAiToAnthropic::OpenAiToAnthropic(anthropic::AnswerRules rules, Tokens prompt_estimate,
                                     std::size_t event_bytes_max)
    : AnswerStream{event_bytes_max},
      rules_{std::move(rules)},
      prompt_estimate_{prompt_estimate},
      held_max_{event_bytes_max} {}

Result<Done> OpenAiToAnthropic::event(std::string_view name, std::string& data, std::string& out) {
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
    const auto error = anthropic::error_of_openai(500, data);
    out.append("event: error\n").append(sse_event(anthropic::error_body(error)));
    return Done{};
  }
  if (const auto* usage = json::find(root, "usage")) counts_.take_openai(*usage);
  if (counts_.known()) usage_ = counts_.usage();
  if (!begun_) start(out);
  if (const auto* first = openai::first_choice(root); first != nullptr && !finished_)
    if (auto read = choice(*first, out); !read) return read;
  if (finished_ && counts_.known()) stop(out);
  return Done{};
}

Result<Done> OpenAiToAnthropic::end(std::string& out) {
  if (!finished_ && !counts_.known()) return fail("the engine's stream ended in the middle");
  stop(out);
  return Done{};
}

Result<Done> OpenAiToAnthropic::choice(const json::Value& choice, std::string& out) {
  if (const auto* delta = json::find(choice, "delta")) {
    for (const char* key : {"reasoning_content", "reasoning"})
      if (rules_.thinking)
        if (auto added = add(Kind::thinking, openai::text_at(*delta, key), out); !added)
          return added;
    for (const char* key : {"content", "refusal"})
      if (auto added = add(Kind::text, openai::text_at(*delta, key), out); !added) return added;
    const auto* calls = json::find(*delta, "tool_calls");
    if (calls != nullptr && calls->array() != nullptr)
      for (const auto& call : *calls->array())
        if (auto read = tool_call(call, out); !read) return read;
  }
  if (json::find_string(choice, "finish_reason") == nullptr) return Done{};
  finished_ = true;
  stop_ = anthropic::stop_of(choice, !calls_.empty(), rules_.stop);
  close_all(out);
  return Done{};
}

/// Text goes to the last block where that is of its kind, else to a new one.
Result<Done> OpenAiToAnthropic::add(Kind kind, std::string_view text, std::string& out) {
  if (text.empty()) return Done{};
  if (blocks_.size() >= waiting_blocks_max) return fail("too many parts of the answer wait");
  if (blocks_.empty() || blocks_.back().kind != kind) blocks_.push_back({kind, 0, {}});
  return hold(blocks_.back(), text, out);
}

/// The call that a delta belongs to; absent for a new one. Some servers leave the index out, or
/// give each whole call the same one.
std::optional<std::size_t> OpenAiToAnthropic::find(const json::Value& said) const {
  const auto* number = json::find(said, "index");
  const auto index = number == nullptr ? std::nullopt : number->integer();
  const auto id = openai::text_at(said, "id");
  for (auto at = calls_.size(); at-- > 0;) {
    if (index && calls_[at].index != index) continue;
    return id.empty() || id == calls_[at].id ? std::optional{at} : std::nullopt;
  }
  return std::nullopt;
}

Result<Done> OpenAiToAnthropic::tool_call(const json::Value& said, std::string& out) {
  const auto* function = json::find(said, "function");
  auto call = find(said);
  if (!call) {
    const auto name = function == nullptr ? std::string_view{} : openai::text_at(*function, "name");
    if (name.empty() || calls_.size() >= tool_calls_max || blocks_.size() >= waiting_blocks_max)
      return fail("a tool call of the engine's is not valid");
    const auto* number = json::find(said, "index");
    std::string id{openai::text_at(said, "id")};
    call = calls_.size();
    if (id.empty()) id = "toolu_" + rules_.id + "_" + std::to_string(*call);
    calls_.push_back({number == nullptr ? std::nullopt : number->integer(),
                      std::move(id),
                      std::string{name},
                      {}});
    blocks_.push_back({Kind::tool_use, *call, {}});
    advance(out);
  }
  return function == nullptr ? Result<Done>{Done{}}
                             : arguments(*call, openai::text_at(*function, "arguments"), out);
}

Result<Done> OpenAiToAnthropic::arguments(std::size_t call, std::string_view text,
                                          std::string& out) {
  const bool was_whole = calls_[call].arguments.whole();
  if (!calls_[call].arguments.take(text))
    return fail("the arguments of a tool call of the engine's are not a JSON object");
  if (text.empty() || was_whole) return Done{};  // spaces behind the end
  for (auto& block : blocks_)
    if (block.kind == Kind::tool_use && block.call == call) return hold(block, text, out);
  return fail("a tool call of the engine's goes on after its end");
}

/// Sends a block's text on where its turn has come, else keeps it.
Result<Done> OpenAiToAnthropic::hold(Block& block, std::string_view text, std::string& out) {
  if (text.size() > held_max_ - held_) return fail("too many parts of the answer wait");
  block.held.append(text);
  held_ += text.size();
  advance(out);
  return Done{};
}

/// Whether nothing more can come for a block that others follow.
bool OpenAiToAnthropic::whole(const Block& block) const {
  return block.kind != Kind::tool_use || calls_[block.call].arguments.whole();
}

void OpenAiToAnthropic::advance(std::string& out) {
  while (!blocks_.empty()) {
    auto& first = blocks_.front();
    if (!open_) open(first, out);
    delta(first, first.held, out);
    held_ -= first.held.size();
    first.held.clear();
    if (blocks_.size() == 1 || !whole(first)) return;
    close(out);
  }
}

void OpenAiToAnthropic::open(Block& block, std::string& out) {
  json::Object content;
  if (block.kind == Kind::text) {
    content = json::object("type", "text", "text", "");
  } else if (block.kind == Kind::thinking) {
    content = json::object("type", "thinking", "thinking", "", "signature", "");
  } else {
    const auto& call = calls_[block.call];
    content =
        json::object("type", "tool_use", "id", call.id, "name", call.name, "input", json::Object{});
  }
  open_ = true;
  emit("content_block_start",
       json::object("index", json::Value::of(index_), "content_block", std::move(content)), out);
}

void OpenAiToAnthropic::delta(const Block& block, std::string_view text, std::string& out) {
  if (text.empty()) return;
  const auto made = block.kind == Kind::text ? json::object("type", "text_delta", "text", text)
                    : block.kind == Kind::thinking
                        ? json::object("type", "thinking_delta", "thinking", text)
                        : json::object("type", "input_json_delta", "partial_json", text);
  emit("content_block_delta", json::object("index", json::Value::of(index_), "delta", made), out);
}

void OpenAiToAnthropic::close(std::string& out) {
  emit("content_block_stop", json::object("index", json::Value::of(index_)), out);
  blocks_.pop_front();
  ++index_;
  open_ = false;
}

/// Nothing more comes: blocks that are not whole end too.
void OpenAiToAnthropic::close_all(std::string& out) {
  while (!blocks_.empty()) {
    advance(out);
    close(out);
  }
}

void OpenAiToAnthropic::start(std::string& out) {
  json::Object usage = counts_.anthropic();
  if (!counts_.known())
    usage = json::object("input_tokens", json::Value::of(prompt_estimate_.count()), "output_tokens",
                         json::Value::of(0));
  emit("message_start",
       json::object("message", json::object("id", rules_.id, "type", "message", "role", "assistant",
                                            "model", rules_.model, "content", json::Array{},
                                            "stop_reason", json::Value{}, "stop_sequence",
                                            json::Value{}, "usage", std::move(usage))),
       out);
}

void OpenAiToAnthropic::stop(std::string& out) {
  if (!begun_) start(out);
  close_all(out);
  if (!finished_) stop_.reason = anthropic::stop_reason("stop", !calls_.empty());
  auto usage =
      counts_.known() ? counts_.anthropic() : json::object("output_tokens", json::Value::of(0));
  emit("message_delta",
       json::object(
           "delta",
           json::object("stop_reason", stop_.reason, "stop_sequence", std::move(stop_.sequence)),
           "usage", std::move(usage)),
       out);
  out.append(anthropic_last_event);
  done_ = true;
}

void OpenAiToAnthropic::emit(std::string_view name, json::Object event, std::string& out) {
  json::Object whole = json::object("type", name);
  std::move(event.begin(), event.end(), std::back_inserter(whole));
  out.append("event: ").append(name).append("\ndata: ");
  json::append(out, std::move(whole));
  out.append("\n\n");
  begun_ = true;
}

}  // namespace weir::domain
