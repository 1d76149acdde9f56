// What every answer stream has in common: an engine's raw bytes come in at any boundary, whole
// events leave for the client. Pure.
#pragma once

#include "schema/types/messages.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::domain {

inline constexpr std::size_t event_bytes_max_default = 1U << 20U;

/// The last event of a whole answer, as clients of each dialect get it.
inline constexpr std::string_view openai_last_event = "data: [DONE]\n\n";
inline constexpr std::string_view anthropic_last_event =
    "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";

/// How an engine's stream is cut into events: as SSE, or a JSON document a line.
enum class Framing : std::uint8_t { sse, lines };

/// Splits an engine's bytes into events (also inside a UTF-8 character); lines end in LF, CRLF
/// or CR. With Framing::lines each line that is not empty is the data of one event. What becomes of
/// each event, and whether the stream ended as its dialect demands, a derived class knows. Of an
/// event, `event:` and `data:` lines count; comments and other fields are dropped. What follows the
/// end of the answer or an error of the engine is dropped.
class AnswerStream {
 public:
  virtual ~AnswerStream() = default;

  /// Takes the next bytes and appends what the client gets to `out`. Only whole events leave.
  /// errors  upstream_failed: an event over its limit, or one that breaks the engine's dialect.
  ///         Every later call then fails the same way and appends nothing. O(bytes).
  virtual Result<Done> feed(std::string_view bytes, std::string& out);
  /// The engine has ended. Appends what the client's dialect still needs where the stream was
  /// complete without it.
  /// errors  upstream_failed: it ended in the middle, or with an error of the engine's own.
  virtual Result<Done> finish(std::string& out);

  bool begun() const { return begun_; }  ///< an event left for the client
  bool done() const { return done_; }    ///< the answer's last event left for the client
  /// The engine told of an error and the client has it: no further error event is due.
  bool error_forwarded() const { return engine_error_; }
  std::optional<Usage> usage() const { return usage_; }

 protected:
  /// `event_bytes_max` bounds one event, as the engine sends it.
  explicit AnswerStream(std::size_t event_bytes_max, Framing framing = Framing::sse)
      : event_bytes_max_{event_bytes_max}, framing_{framing} {}
  AnswerStream(const AnswerStream&) = default;
  AnswerStream(AnswerStream&&) = default;
  AnswerStream& operator=(const AnswerStream&) = default;
  AnswerStream& operator=(AnswerStream&&) = default;

  Result<Done> fail(std::string detail);

  std::optional<Usage> usage_;
  bool begun_ = false;
  bool done_ = false;
  bool engine_error_ = false;

 private:
  /// One whole event with data: its `event:` (mostly empty), and its `data:` lines joined by LF,
  /// to be altered at will.
  virtual Result<Done> event(std::string_view name, std::string& data, std::string& out) = 0;
  /// The engine has ended without telling of an error; the answer is not over yet.
  virtual Result<Done> end(std::string& out) = 0;

  Result<Done> line(std::string_view text, std::string& out);
  Result<Done> dispatch(std::string& out);

  std::size_t event_bytes_max_;
  Framing framing_;
  std::string line_buffer_;  ///< the beginning of a line whose end has not come
  std::string name_;         ///< the current event's `event:`
  std::string data_;         ///< its `data:` lines, joined by LF
  std::optional<Error> failed_;
  bool has_data_ = false;
  bool first_line_ = true;
  bool skip_lf_ = false;  ///< a CR ended the last line; an LF now belongs to it
};

/// One SSE event that carries `json`, ready to send. Line feeds between tokens become spaces.
std::string sse_event(std::string_view json);
/// Whether what a client got of an answer stream is all of it, in whichever dialect: its last event
/// is "[DONE]", a message_stop, a response.completed or response.incomplete, or a line of Ollama's
/// that is done. O(last event).
bool ends_whole(std::string_view stream);

}  // namespace weir::domain
