// The dialects of a request's two sides: what its client speaks and what the chosen engine speaks.
// All that depends on the pair is decided here, once per attempt.
#pragma once

#include "actors/domain/stream/answer_stream.hpp"
#include "coordinator/gateway/errors.hpp"
#include "coordinator/gateway/intake.hpp"
#include "schema/dialect/anthropic.hpp"
#include "schema/types/brain.hpp"
#include "schema/types/vault.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace weir::gateway {

/// How an engine's answer becomes what its client is to see.
struct Translation {
  bool foreign = false;  ///< the engine's content type is not the client's
  /// Of a request that streams; null otherwise.
  std::unique_ptr<domain::AnswerStream> stream;
  /// A whole answer. errors  upstream_failed: it cannot be used.
  std::function<Result<dialect::anthropic::Translated>(std::string body)> whole;
  /// An engine's 4xx.
  std::function<std::string(int status, std::string body)> error;
};

/// The client is shown the model's name as it asked for it; for "auto", as it is served.
/// `received` is when the request came, by the steady clock: Ollama's clients are told durations.
Translation translation_for(const Intake& intake, const Placement& placement, TimePoint received);
/// The same, behind the return of what the placeholders of a redacted request stand for.
Translation restored(Translation translation, EngineKind provider,
                     std::shared_ptr<const Vault> vault);
/// What a stream's client is sent while there is nothing to say.
std::string keep_alive_of(const Intake& intake);

/// What an engine of our own is asked: `body` at `endpoint`, or why it cannot be.
struct EngineRequest {
  Endpoint endpoint = Endpoint::chat_completions;
  std::optional<std::string> body{};
  Refusal refusal{};  ///< valid when body is absent
};

/// `body` as the client sent it, for the engine of `placement`.
/// errors  not_supported (with status 400): the engine's dialect cannot say it; body_too_large.
EngineRequest request_for(const Intake& intake, std::string_view body, const Placement& placement);

}  // namespace weir::gateway
