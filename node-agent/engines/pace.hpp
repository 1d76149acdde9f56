// How long an engine takes for each token of the streams that pass by.
#pragma once

#include "schema/types/ids.hpp"
#include "schema/types/units.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <unordered_map>

namespace weir::engines {

/// An event of a stream counts as one token: engines that put several into one look slower than
/// they are, never faster.
class Pace {
 public:
  void begin(AttemptId attempt) { streams_[attempt] = {}; }
  void end(AttemptId attempt) { streams_.erase(attempt); }
  /// A stream that is not read is not measured until the next measure().
  void pause(AttemptId attempt);
  /// Bytes of its answer came at `now`; events end with an empty line. O(bytes).
  void bytes(AttemptId attempt, std::string_view bytes, TimePoint now);
  /// Tells each stream's milliseconds per token since the last call, and begins anew.
  void measure(const std::function<void(double token_ms)>& tell);
  std::size_t streams() const { return streams_.size(); }

 private:
  struct Stream {
    bool begun = false;  ///< `first` and `last` are set
    bool paused = false;
    bool line_ended = false;   ///< the last byte was the end of a line
    std::uint32_t tokens = 0;  ///< between `first` and `last`
    TimePoint first{}, last{};
  };
  std::unordered_map<AttemptId, Stream> streams_;
};

}  // namespace weir::engines
