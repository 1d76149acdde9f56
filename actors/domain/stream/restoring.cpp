#include "actors/domain/stream/restoring.hpp"

#include "actors/domain/stream/anthropic_restoring.hpp"
#include "actors/domain/stream/ollama_restoring.hpp"
#include "actors/domain/stream/openai_restoring.hpp"

#include <utility>

namespace weir::domain {

namespace json = dialect::json;

std::unique_ptr<AnswerStream> restoring_stream(EngineKind provider,
                                               std::shared_ptr<const Vault> vault,
                                               std::size_t event_bytes_max) {
  if (speaks_openai(provider))
    return std::make_unique<OpenAiRestoring>(std::move(vault), event_bytes_max);
  if (provider == EngineKind::anthropic)
    return std::make_unique<AnthropicRestoring>(std::move(vault), event_bytes_max);
  return std::make_unique<OllamaRestoring>(std::move(vault), event_bytes_max);
}

Result<std::string> restore_answer(EngineKind provider, std::string body, const Vault& vault,
                                   std::size_t bytes_max) {
  const auto failed = [](const char* why) { return Error{Code::upstream_failed, why}; };
  if (body.size() > bytes_max) return failed("the engine's answer is too long");
  auto parsed = json::parse(body, {.bytes_max = bytes_max});
  if (!parsed.value) return failed("the engine's answer is not valid JSON");
  TreeRestorer tree{vault, speaks_openai(provider)};
  tree.begin(bytes_max);
  tree.strings(*parsed.value);
  if (tree.overflowed()) return failed("the engine's answer is too long once restored");
  if (!tree.changed()) return body;
  return json::text_of(*parsed.value);
}

std::string restore_text(std::string_view text, const Vault& vault) {
  TextRestorer restorer{vault, TextContext::plain, restored_bytes_max_default};
  auto restored = restorer.feed(text);
  return restored.append(restorer.finish());
}

}  // namespace weir::domain
