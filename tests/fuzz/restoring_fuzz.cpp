// Restoration: the same bytes give the same answer however they are cut, and what leaves is a whole
// number of events. The first byte chooses the provider.
#include "actors/domain/stream/restoring.hpp"
#include "schema/types/assert.hpp"

#include <array>

namespace {

using namespace weir;

struct Run {
  std::string out;
  bool ok = true;
};

Run run(EngineKind kind, const std::shared_ptr<const Vault>& vault, std::string_view text,
        std::size_t piece) {
  const auto stream = domain::restoring_stream(kind, vault, 4096);
  Run result;
  for (std::size_t at = 0; result.ok && at < text.size(); at += piece)
    result.ok = bool(stream->feed(text.substr(at, piece), result.out));
  if (result.ok) result.ok = bool(stream->finish(result.out));
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto vault = [] {
    auto made = std::make_shared<Vault>("k");
    made->placeholder_for(Sensitive::person, "\"\\ \xE7\x8E\x8B");
    made->placeholder_for_text("\u27e6PII:PERSON:1:k\u27e7");
    return made;
  }();
  constexpr std::array kinds{EngineKind::openai, EngineKind::anthropic, EngineKind::ollama};
  if (size == 0) return 0;
  const auto kind = kinds[data[0] % kinds.size()];
  const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
  const auto whole = run(kind, vault, text, text.size() + 1);
  WEIR_ASSERT(whole.out.empty() || whole.out.ends_with(kind == EngineKind::ollama ? "\n" : "\n\n"));
  for (const std::size_t piece : {1U, 2U, 13U}) {
    const auto cut = run(kind, vault, text, piece);
    WEIR_ASSERT(cut.ok == whole.ok && cut.out == whole.out);
  }
  const auto answer = domain::restore_answer(kind, std::string{text}, *vault);
  if (answer) WEIR_ASSERT(domain::restore_answer(kind, *answer, Vault{"k"}));
  return 0;
}
