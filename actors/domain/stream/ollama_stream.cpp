#include "actors/domain/stream/ollama_stream.hpp"

#include "schema/dialect/ollama.hpp"
#include "schema/dialect/openai.hpp"

namespace weir::domain {

namespace openai = dialect::openai;

OllamaStream::OllamaStream(std::string_view model, std::size_t event_bytes_max)
    : AnswerStream{event_bytes_max, Framing::lines}, quoted_model_{openai::quoted(model)} {}

Result<Done> OllamaStream::event(std::string_view, std::string& data, std::string& out) {
  const auto facts = dialect::ollama::inspect_line(data);
  if (!facts.object) return fail("a line of the engine's stream is not a JSON object");
  if (facts.usage) usage_ = facts.usage;
  openai::ChunkFacts as;
  as.model_value = facts.model_value;
  openai::append_chunk(out, data, as, quoted_model_, true);
  out.push_back('\n');
  begun_ = true;
  engine_error_ = facts.error;
  done_ = facts.done && !facts.error;
  return Done{};
}

Result<Done> OllamaStream::end(std::string&) {
  return fail("the engine's stream ended in the middle");
}

}  // namespace weir::domain
