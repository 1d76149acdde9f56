// Answer streams: from an engine's raw bytes to what the client gets. Pure.
#pragma once

#include "schema/dialect/openai.hpp"
#include "schema/types/messages.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace weir::domain {

struct StreamRules {
  std::string model;                        ///< the name the client asked for; put into every chunk
  bool keep_usage = false;                  ///< the client asked for usage; otherwise it is cut out
  std::size_t event_bytes_max = 1U << 20U;  ///< one event, as the engine sent it
};

/// Splits an engine's SSE bytes into events at any boundary (also inside a UTF-8 character),
/// forwards each whole event, takes note of usage, and knows whether the stream ended as its
/// dialect demands. Lines end in LF, CRLF or CR. Of an event, `event:` and `data:` lines pass;
/// comments and other fields are dropped, and so is an event that brings usage alone where the
/// client did not ask for it. An error of the engine passes as it is; what follows it does not.
class SseStream {
 public:
  explicit SseStream(StreamRules rules);

  /// Takes the next bytes and appends what the client gets to `out`. Only whole events leave.
  /// errors  upstream_failed: an event over its limit, or data that is not a JSON object. Every
  ///         later call then fails the same way and appends nothing. O(bytes).
  Result<Done> feed(std::string_view bytes, std::string& out);
  /// The engine has ended. Appends "[DONE]" where the stream was complete without it (some
  /// engines leave it out after a finish_reason or a usage event).
  /// errors  upstream_failed: it ended in the middle, or with an error of the engine's own.
  Result<Done> finish(std::string& out);

  bool begun() const { return begun_; }  ///< an event left for the client
  bool done() const { return done_; }    ///< "[DONE]" left for the client
  /// The engine told of an error and the client has it: no further error event is due.
  bool error_forwarded() const { return engine_error_; }
  std::optional<Usage> usage() const { return usage_; }

 private:
  Result<Done> line(std::string_view text, std::string& out);
  Result<Done> event(std::string& out);
  Result<Done> chunk(std::string& out);
  Result<Done> fail(std::string detail);

  StreamRules rules_;
  std::string quoted_model_;
  std::string line_buffer_;  ///< the beginning of a line whose end has not come
  std::string name_;         ///< the current event's `event:`
  std::string data_;         ///< its `data:` lines, joined by LF
  std::optional<Usage> usage_;
  std::optional<Error> failed_;
  bool has_data_ = false;
  bool first_line_ = true;
  bool skip_lf_ = false;  ///< a CR ended the last line; an LF now belongs to it
  bool begun_ = false;
  bool done_ = false;
  bool finish_seen_ = false;
  bool engine_error_ = false;
};

/// One SSE event that carries `json`, ready to send. Line feeds between tokens become spaces.
std::string sse_event(std::string_view json);

}  // namespace weir::domain
