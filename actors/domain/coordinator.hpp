// The coordinator's brain as a value machine: event in, effects out. Fleet view, queues,
// placement and the control state of every request. No clock, no I/O, no logging; the same
// inputs give the same outputs.
#pragma once

#include "schema/types/brain.hpp"
#include "schema/types/settings.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace weir::domain {

/// What the brain decides by: the configuration, and what no configuration changes.
struct CoordinatorPolicy : BrainSettings {
  Millis suspect_after{2'000};              ///< silence of an agent: no new work
  Millis lost_after_silence{5'000};         ///< then its begun answers go on elsewhere or end
  Millis lost_after_close{3'000};           ///< the same, from the end of its link
  Millis frozen_max{3'000};                 ///< longest time that many suspects count as none
  Millis no_capacity_after{2'000};          ///< nothing connected may serve it: no_capacity
  std::uint32_t attempts_max = 3;           ///< per request
  std::uint32_t explanations_max = 10'000;  ///< kept in the memory ring
  std::uint32_t stall_ms = 30'000;          ///< longest silence inside an answer
};

class Coordinator {
 public:
  /// `incarnation` and `seed` are random per start (or fixed in tests).
  Coordinator(CoordinatorPolicy policy, std::uint64_t incarnation, std::uint64_t seed);
  ~Coordinator();

  /// Advances by one event at `now`, which never goes back. O(agents · engines) for events that
  /// place work, O(1) or O(log n) otherwise.
  [[nodiscard]] std::vector<BrainEffect> decide(TimePoint now, const BrainEvent& event);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace weir::domain
