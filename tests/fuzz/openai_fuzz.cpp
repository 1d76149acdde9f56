// Request bodies, answers and chunks: nothing crashes, and a rewritten body is valid again.
#include "schema/dialect/openai.hpp"
#include "schema/types/assert.hpp"

#include <string>

namespace openai = weir::dialect::openai;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  for (const auto endpoint : {weir::Endpoint::chat_completions, weir::Endpoint::completions}) {
    const auto inspection = openai::inspect(endpoint, text);
    if (!inspection.facts) {
      const auto body = openai::error_body(inspection.refused.error, inspection.refused.param);
      WEIR_ASSERT(openai::inspect_answer(body).object);
      continue;
    }
    const auto out = openai::rewrite(text, *inspection.facts, "engine \"x\"");
    const auto again = openai::inspect(endpoint, out);
    WEIR_ASSERT(again.facts && again.facts->model == "engine \"x\"");
    WEIR_ASSERT(again.facts->usage_asked || !again.facts->stream);
    WEIR_ASSERT(openai::rewrite(out, *again.facts, "engine \"x\"") == out);
  }
  const auto answer = openai::inspect_answer(text);
  const auto renamed = openai::rename_model(std::string{text}, answer, text);
  WEIR_ASSERT(openai::inspect_answer(renamed).object == answer.object);
  const auto chunk = openai::inspect_chunk(text);
  std::string cut;
  openai::append_chunk(cut, text, chunk, "\"m\"", false);
  WEIR_ASSERT(chunk.object == openai::inspect_chunk(cut).object);
  return 0;
}
