#include "actors/domain/stream/sse_stream.hpp"

#include <algorithm>

namespace weir::domain {

namespace openai = dialect::openai;

SseStream::SseStream(StreamRules rules)
    : AnswerStream{rules.event_bytes_max},
      quoted_model_{openai::quoted(rules.model)},
      keep_usage_{rules.keep_usage} {}

Result<Done> SseStream::event(std::string_view name, std::string& data, std::string& out) {
  const auto facts = openai::inspect_chunk(data);
  if (facts.done) {
    done_ = begun_ = true;
    out.append(openai_last_event);
    return Done{};
  }
  if (!facts.object) return fail("an event of the engine's stream is not a JSON object");
  if (facts.usage) usage_ = facts.usage;
  finish_seen_ = finish_seen_ || facts.finished;
  engine_error_ = facts.error || name == "error";
  if (facts.usage && !facts.has_choices && !keep_usage_ && !engine_error_) return Done{};
  if (!name.empty()) out.append("event: ").append(name).push_back('\n');
  out.append("data: ");
  std::replace(data.begin(), data.end(), '\n', ' ');  // between tokens: the JSON is valid
  openai::append_chunk(out, data, facts, quoted_model_, keep_usage_);
  out.append("\n\n");
  begun_ = true;
  return Done{};
}

Result<Done> SseStream::end(std::string& out) {
  if (!finish_seen_ && !usage_) return fail("the engine's stream ended in the middle");
  out.append(openai_last_event);
  done_ = begun_ = true;
  return Done{};
}

}  // namespace weir::domain
