// Reads a data-plane request: headers and body become a RequestSpec, or a refusal.
#pragma once

#include "actors/net/http/message.hpp"
#include "coordinator/gateway/auth.hpp"
#include "coordinator/gateway/errors.hpp"
#include "schema/dialect/json_value.hpp"
#include "schema/dialect/openai.hpp"
#include "schema/types/brain.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace weir::gateway {

inline constexpr std::size_t session_bytes_max = 256;
inline constexpr std::size_t idempotency_key_bytes_max = 255;
inline constexpr std::int64_t deadline_ms_max = 3'600'000;
/// What rewriting may add to a body: the engine's model id and `stream_options`.
inline constexpr std::size_t rewrite_bytes_max = 4096;

/// A readable request. `spec.id`, `spec.public_id` and `received_unix_s` are still unset.
struct Intake {
  RequestSpec spec;
  dialect::openai::RequestFacts facts;  ///< of bodies that may go on as they are
  bool thinking = false;  ///< an Anthropic client asked for reasoning, an Ollama client takes it
  std::vector<std::string> stop;  ///< an Anthropic client's stop sequences
  dialect::json::Object echo;     ///< what an answer to /v1/responses repeats of it
  std::int64_t received_unix_s = 0;
  std::string idempotency_key;  ///< empty: none
  std::uint32_t unreadable =
      0;                 ///< parts that the guard cannot look into: images, sounds, token ids
  bool dry_run = false;  ///< the client only asks what would become of it
};

/// Either `intake` or `refusal`.
struct Taken {
  std::optional<Intake> intake;
  Refusal refusal;
};

/// Reads `X-Data-Grade` (several headers, comma lists: the strictest), `X-Weir-Priority`,
/// `X-Weir-Deadline-Ms` (1 .. deadline_ms_max), `X-Weir-Session`, `Idempotency-Key`, the content
/// type (JSON where one is stated), and the body. The prompt's token estimate is a third of the
/// body's bytes. errors  invalid_request, invalid_grade, body_too_large, not_supported (with status
/// 400); texts never quote the request.
Taken take(Endpoint endpoint, const net::http::Request& request, const Caller& caller);

}  // namespace weir::gateway
