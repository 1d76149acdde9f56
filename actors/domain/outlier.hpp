// An engine that fails again and again: left out for a while, tried with one request, then trusted
// step by step. Pure; one value per engine.
#pragma once

#include "schema/types/units.hpp"

#include <cstdint>
#include <optional>

namespace weir::domain {

struct OutlierPolicy {
  std::uint32_t failures_max = 3;  ///< in a row: then it is left out
  Millis ejected_min{5'000};       ///< the first time; each further time twice as long
  Millis ejected_max{60'000};
  Millis ramp{10'000};  ///< from one job at a time to all of its slots
};

class Outlier {
 public:
  explicit Outlier(OutlierPolicy policy = {}) : policy_{policy} {}

  /// An attempt ended by the engine's own fault: a 5xx, a stall, a crash. What a client aborted,
  /// and an engine's 4xx, is none. What was begun before an ejection and fails during it says
  /// nothing new.
  void failed(TimePoint now);
  /// It gave a good answer.
  void succeeded(TimePoint now);
  /// Jobs that it may have at once; 0: it is left out. `total`: its slots.
  std::uint32_t jobs_max(std::uint32_t total, TimePoint now) const;
  /// Nothing is remembered against it any more.
  bool clean(TimePoint now) const;

 private:
  void eject(TimePoint now);
  bool left_out(TimePoint now) const { return until_ && now < *until_; }

  OutlierPolicy policy_;
  std::uint32_t failures_ = 0;           ///< in a row
  std::uint32_t ejections_ = 0;          ///< since it was last well for a whole ramp
  std::optional<TimePoint> until_;       ///< left out so long, then on probation
  std::optional<TimePoint> ramp_since_;  ///< passed its probation then
};

}  // namespace weir::domain
