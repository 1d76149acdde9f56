// Requests and answers as JSON: OpenAI's shapes, from the client's side.
#pragma once

#include "actors/net/http/message.hpp"
#include "coordinator/client/weir.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::client {

/// errors  invalid_request: `extra` is not a JSON object, or a text is not UTF-8.
Outcome<std::string> chat_body(const ChatRequest& request, bool stream);

/// A whole answer's body into `answer`. returns  false where it is not one.
bool read_answer(std::string_view body, ChatAnswer& answer);

/// What one event of a stream says.
struct Delta {
  bool understood = false;
  bool failed = false;  ///< `error` holds why the stream ends
  Error error;
  std::string text;
};
/// Reads one event; finish reason and usage go into `answer`, text into the result alone.
Delta read_delta(std::string_view data, ChatAnswer& answer);

/// errors  invalid_request: no input or too many, or a text is not UTF-8.
Outcome<std::string> embeddings_body(const EmbeddingsRequest& request);
/// Vectors, model and usage into `answer`. returns  false where they are not one vector for each of
/// `inputs` inputs.
bool read_embeddings(std::string_view body, std::size_t inputs, EmbeddingsAnswer& answer);

/// returns  nullopt where `body` is not a list of models.
std::optional<std::vector<ModelInfo>> read_models(std::string_view body);

/// Placement and request id, as far as the headers tell.
void read_headers(const net::http::Headers& headers, Placement& placement);
std::optional<std::chrono::milliseconds> retry_after_of(const net::http::Headers& headers);

}  // namespace weir::client
