// The dialects of a request's two sides: what its client speaks and what the chosen engine speaks.
// All that depends on the pair is decided here, once per attempt.
#pragma once

#include "actors/domain/stream/answer_stream.hpp"
#include "coordinator/gateway/errors.hpp"
#include "coordinator/gateway/intake.hpp"
#include "schema/dialect/anthropic.hpp"
#include "schema/types/brain.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace weir::gateway {

/// How an engine's answer becomes what its client is to see.
struct Translation {
  bool foreign = false;  ///< the engine speaks another dialect than the client
  /// Of a request that streams; null otherwise.
  std::unique_ptr<domain::AnswerStream> stream;
  /// A whole answer. errors  upstream_failed: it cannot be used.
  std::function<Result<dialect::anthropic::Translated>(std::string body)> whole;
  /// An engine's 4xx.
  std::function<std::string(int status, std::string body)> error;
};

/// The client is shown the model's name as it asked for it; for "auto", as it is served.
Translation translation_for(const Intake& intake, const Placement& placement);

/// What an engine of our own is asked: `body` at `endpoint`, or why it cannot be.
struct EngineRequest {
  Endpoint endpoint = Endpoint::chat_completions;
  std::optional<std::string> body{};
  Refusal refusal{};  ///< valid when body is absent
};

/// `body` as the client sent it, for an engine that speaks `engine` and calls the model `model`.
/// errors  not_supported (with status 400): the engine's dialect cannot say it; body_too_large.
EngineRequest request_for(const Intake& intake, std::string_view body, EngineKind engine,
                          std::string_view model);

}  // namespace weir::gateway
