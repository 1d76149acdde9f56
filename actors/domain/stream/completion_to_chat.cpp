#include "actors/domain/stream/completion_to_chat.hpp"

#include "schema/dialect/completion.hpp"
#include "schema/dialect/openai.hpp"

#include <utility>

namespace weir::domain {

namespace json = dialect::json;

Result<Done> CompletionToChat::event(std::string_view name, std::string& data, std::string& out) {
  const auto facts = dialect::openai::inspect_chunk(data);
  if (facts.done) {
    done_ = begun_ = true;
    out.append(openai_last_event);
    return Done{};
  }
  auto parsed = json::parse(data);
  if (!facts.object || !parsed.value)
    return fail("an event of the engine's stream is not a JSON object");
  if (facts.usage) usage_ = facts.usage;
  finish_seen_ = finish_seen_ || facts.finished;
  engine_error_ = facts.error || name == "error";
  if (!name.empty()) out.append("event: ").append(name).push_back('\n');
  out.append(
      sse_event(json::text_of(dialect::completion::as_chat(std::move(*parsed.value), true))));
  begun_ = true;
  return Done{};
}

Result<Done> CompletionToChat::end(std::string& out) {
  if (!finish_seen_ && !usage_) return fail("the engine's stream ended in the middle");
  out.append(openai_last_event);
  done_ = begun_ = true;
  return Done{};
}

}  // namespace weir::domain
