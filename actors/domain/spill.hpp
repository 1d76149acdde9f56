// When work for our own machines leaves for the cloud because they are full.
#pragma once

#include "schema/types/units.hpp"

#include <optional>

namespace weir::domain {

/// The fleet's spill mode, with hysteresis: it changes at most once per `dwell`, whatever happens,
/// and ends only when nothing pressed for that long.
class SpillMode {
 public:
  static constexpr Millis dwell{10'000};

  bool on() const { return on_; }
  /// A request would not get its first token in time here. returns  whether the mode began.
  bool press(TimePoint now);
  /// returns  whether the mode ended.
  bool look(TimePoint now);

 private:
  bool on_ = false;
  std::optional<TimePoint> changed_;
  std::optional<TimePoint> pressed_;
};

}  // namespace weir::domain
