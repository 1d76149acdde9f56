// What a client sees of an Error: status, headers and body, in the shape of the API it speaks.
#pragma once

#include "actors/net/http/message.hpp"
#include "schema/dialect/openai.hpp"
#include "schema/types/messages.hpp"
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
Dialect dialect_of(Endpoint endpoint);

/// An error that goes out: the one place that knows all three shapes.
struct Refusal {
  Error error;
  std::string param = {};                    ///< the field's or header's name; may be empty
  std::optional<Millis> retry_after = {};    ///< 429 and 503 always say one: 1 s unless stated
  std::optional<int> status = std::nullopt;  ///< instead of the code's own
};
/// A body that a dialect's reader or writer refused. What is right but cannot be translated is 400,
/// too: another body may do.
Refusal refusal_of(dialect::openai::Refused refused);
int status_of(const Refusal& refusal);

/// Adds `x-request-id`, and for Anthropic's clients `request-id`, which they look for.
void add_request_id(Dialect dialect, const std::string& id, net::http::Headers& headers);
/// Adds `retry-after` and `retry-after-ms` to a 429 or 503; absent: 1 s.
void add_retry_after(int status, std::optional<Millis> wait, net::http::Headers& headers);
net::http::Response error_response(Dialect dialect, Refusal refusal);
/// The same as the last event of a stream whose head is out.
std::string error_event(Dialect dialect, Refusal refusal);
/// An error's body, a JSON object, as such an event.
std::string as_error_event(Dialect dialect, std::string body);

/// For errors that the HTTP server answers by itself.
net::http::Response server_error(int status, std::string_view path);

}  // namespace weir::gateway
