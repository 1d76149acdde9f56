// When a request may leave for one cloud account: its own rate limits, the pauses that the
// provider asks for, and a circuit breaker. Pure: time comes in as an argument and never goes back.
#pragma once

#include "schema/types/units.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace weir::engines {

struct GateSettings {
  std::uint32_t rpm = 0;                ///< requests a minute; 0: no limit
  std::uint32_t tpm = 0;                ///< tokens a minute; 0: no limit
  std::uint32_t failures_to_open = 5;   ///< in a row
  Millis open_first{2'000};             ///< how long the circuit stays open; doubles each time
  Millis open_max{60'000};              ///< at most so long
  Millis pause_first{1'000};            ///< after a 429 that names no time; doubles each time
  Millis pause_max{60'000};             ///< at most so long
  Millis retry_after_max{10 * 60'000};  ///< a provider's own wish is followed up to here
};

/// Why nothing may leave now.
enum class Shut : std::uint8_t { circuit, paused, requests, tokens };
std::string_view name_of(Shut shut);  ///< "circuit", …

/// What became of a request that was let through.
enum class Outcome : std::uint8_t {
  answered,   ///< the provider did its work; also where it refused the request itself (4xx)
  limited,    ///< 429, or 529: it is there, but wants less
  failed,     ///< 5xx, a refused key, no connection, a broken or late answer
  withdrawn,  ///< the caller ended it: says nothing
};

/// A bucket that fills evenly up to a minute's worth, and may go below empty.
class TokenBucket {
 public:
  explicit TokenBucket(double per_minute) : per_minute_{per_minute} {}
  bool limited() const { return per_minute_ > 0; }
  /// What is in it at `now`; negative: debt.
  double level(TimePoint now) const;
  void take(TimePoint now, double amount);

 private:
  double per_minute_;
  double level_ = 0;
  std::optional<TimePoint> at_;  ///< of `level_`; absent: never used, so full
};

class CloudGate {
 public:
  /// Given to each request that is let through, and given back at its end.
  struct Pass {
    std::int64_t tokens = 0;  ///< taken for it
    bool probe = false;       ///< it is to find out whether the provider is back
  };

  explicit CloudGate(GateSettings settings);

  /// Lets one request through that is likely to use `estimate` tokens, or says what forbids it.
  std::optional<Pass> admit(TimePoint now, Tokens estimate);
  /// Why admit() would refuse; nullopt: it would not.
  std::optional<Shut> shut(TimePoint now) const;
  /// How many requests may leave at once now, none of them beyond `most`.
  std::uint32_t room(TimePoint now, std::uint32_t most) const;
  /// The answer of a request begins: a probe closes the circuit without waiting for its end, and
  /// the next failure opens it again.
  void begun(Pass& pass);
  /// The end of a request. `used`: all its tokens; 0 where nothing was said of them.
  /// `retry_after`: what the provider asked for.
  void ended(TimePoint now, const Pass& pass, Outcome outcome, Tokens used,
             std::optional<Millis> retry_after);
  /// The circuit is open, and no probe is due yet.
  bool open(TimePoint now) const { return open_ && now < open_until_; }

 private:
  void failed(TimePoint now, const Pass& pass);
  void open_circuit(TimePoint now);
  void pause(TimePoint now, Millis time);

  GateSettings settings_;
  TokenBucket requests_;
  TokenBucket tokens_;
  bool open_ = false;  ///< or half open, once `open_until_` has passed
  bool probing_ = false;
  TimePoint open_until_{};
  Millis open_for_;  ///< next time
  std::uint32_t failures_ = 0;
  TimePoint paused_until_{};
  Millis pause_for_;  ///< next time
};

/// What `retry-after-ms`, else `retry-after` (seconds, fractions too, or an HTTP date), ask for;
/// nullopt where they say nothing that can be read. A time in the past is 0. `unix_now`: seconds.
std::optional<Millis> retry_after(std::optional<std::string_view> milliseconds,
                                  std::optional<std::string_view> seconds_or_date,
                                  std::int64_t unix_now);

}  // namespace weir::engines
