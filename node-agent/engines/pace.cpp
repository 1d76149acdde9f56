#include "node-agent/engines/pace.hpp"

#include <chrono>

namespace weir::engines {

void Pace::pause(AttemptId attempt) {
  if (const auto found = streams_.find(attempt); found != streams_.end())
    found->second.paused = true;
}

void Pace::bytes(AttemptId attempt, std::string_view bytes, TimePoint now) {
  const auto found = streams_.find(attempt);
  if (found == streams_.end()) return;
  auto& stream = found->second;
  std::uint32_t events = 0;
  for (const char c : bytes) {
    if (c == '\r') continue;
    events += c == '\n' && stream.line_ended ? 1 : 0;
    stream.line_ended = c == '\n';
  }
  if (events == 0) return;
  if (stream.begun)
    stream.tokens += events;
  else
    stream.first = now;
  stream.begun = true;
  stream.last = now;
}

void Pace::measure(const std::function<void(double token_ms)>& tell) {
  for (auto& [attempt, stream] : streams_) {
    using Ms = std::chrono::duration<double, std::milli>;
    if (!stream.paused && stream.tokens > 0)
      tell(Ms{stream.last - stream.first}.count() / stream.tokens);
    stream.first = stream.last;
    stream.tokens = 0;
    stream.paused = false;
  }
}

}  // namespace weir::engines
