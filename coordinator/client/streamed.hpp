// A streamed chat answer, read as its bytes come.
#pragma once

#include "coordinator/client/chat_json.hpp"
#include "coordinator/client/sse.hpp"
#include "coordinator/client/transport.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace weir::client {

class Streamed {
 public:
  /// `on_text` may be empty; it outlives this.
  explicit Streamed(const OnText& on_text) : on_text_{on_text} {}

  /// returns  false where no more bytes are wanted. Passes on what `on_text` throws.
  bool feed(const net::http::Headers& headers, std::string_view bytes);
  bool has_text() const { return !answer_.text.empty(); }
  /// The end of the reply whose bytes were fed.
  Outcome<ChatAnswer> end(const Reply& reply) &&;

 private:
  void on_event(const std::string& name, const std::string& data);

  const OnText& on_text_;
  SseReader reader_;
  ChatAnswer answer_;
  bool head_read_ = false;
  bool stopped_ = false;  ///< by on_text
  bool done_ = false;
  std::optional<Error> failed_;
};

}  // namespace weir::client
