// An engine: a model server that the node agent runs jobs on. Called on the io thread.
#pragma once

#include "schema/types/clearance.hpp"
#include "schema/types/messages.hpp"
#include "schema/types/result.hpp"
#include "schema/types/worker.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>

namespace weir::ports {

/// One call of an engine. `body` is the engine's own request, ready to send.
struct EngineJob {
  AttemptId attempt;
  Endpoint endpoint = Endpoint::chat_completions;
  std::string body;
  std::string tenant{};  ///< whose prompt it is
  /// The answer's text so far: the engine's answer is what comes after it, and counts its tokens
  /// among its own. An engine that cannot do that fails the job. Empty: the answer begins here.
  std::string prefix{};
  std::optional<Cleared> cleared{};  ///< cloud engines send this, and never `body`
  Millis first_byte_max{0};          ///< no byte of the answer's body by then: timed_out
  Millis stall_max{0};               ///< longest silence after that byte: timed_out
};

/// What comes of a job. `on_end` runs exactly once, last, unless the job was cancelled: then
/// nothing runs any more.
struct EngineAnswer {
  std::function<void(std::uint16_t status, std::string content_type)> on_begin;
  std::function<void(std::span<const std::byte>)> on_bytes;
  /// `engine_status`: the HTTP status of a failing engine; 0 where none was received.
  std::function<void(Result<Done> ended, std::uint16_t engine_status)> on_end;
};

class Engine {
 public:
  virtual ~Engine() = default;
  virtual void start(EngineJob job, EngineAnswer answer) = 0;
  /// Ends the job and its connection at once; idempotent.
  virtual void cancel(AttemptId attempt) = 0;
  /// Stops (`on`) or goes on reading the engine's answer: the link's credit is used up.
  virtual void pause(AttemptId attempt, bool on) = 0;
  /// Looks at the engine: models, load, slots. `done` runs once, at latest after 2 s; it is not
  /// called again before that. What the engine does not answer stays as it was last seen.
  virtual void observe(std::function<void(EngineSnapshot)> done) = 0;
};

}  // namespace weir::ports
