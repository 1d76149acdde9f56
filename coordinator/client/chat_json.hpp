// Chat requests and answers as JSON: OpenAI's shapes, from the client's side.
#pragma once

#include "actors/net/http/message.hpp"
#include "coordinator/client/weir.hpp"

#include <string>
#include <string_view>

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

/// Placement and request id, as far as the headers tell.
void read_headers(const net::http::Headers& headers, ChatAnswer& answer);
/// A non-2xx answer as a typed error.
Error read_error(int status, const net::http::Headers& headers, std::string_view body);

}  // namespace weir::client
