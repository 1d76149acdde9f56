// What a client sees of an Error: status, headers and body, in the shape of the API it speaks.
#pragma once

#include "actors/net/http/message.hpp"
#include "schema/types/result.hpp"
#include "schema/types/units.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace weir::gateway {

/// Whose error shape a path answers in.
enum class Dialect { openai, anthropic, ollama };

/// "/v1/messages…" is Anthropic's, "/api/…" Ollama's, all else OpenAI's.
Dialect dialect_of(std::string_view path);

/// An error that goes out: the one place that knows all three shapes.
struct Refusal {
  Error error;
  std::string param = {};                    ///< the field's or header's name; may be empty
  std::optional<Millis> retry_after = {};    ///< 429 and 503 always say one: 1 s unless stated
  std::optional<int> status = std::nullopt;  ///< instead of the code's own
};
/// Adds `retry-after` and `retry-after-ms` to a 429 or 503; absent: 1 s.
void add_retry_after(int status, std::optional<Millis> wait, net::http::Headers& headers);
net::http::Response error_response(Dialect dialect, Refusal refusal);

/// For errors that the HTTP server answers by itself.
net::http::Response server_error(int status, std::string_view path);

}  // namespace weir::gateway
