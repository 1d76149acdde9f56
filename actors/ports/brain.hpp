// The gateway's door to the coordinator's brain, and the brain's door back.
#pragma once

#include "schema/types/brain.hpp"

#include <cstddef>
#include <functional>
#include <vector>

namespace weir::ports {

/// Takes events inward. Any thread; never blocks; events of one caller keep their order.
/// Events posted during one turn of the io loop reach the brain as one batch.
class Brain {
 public:
  virtual ~Brain() = default;
  virtual void post(BrainEvent event) = 0;
  /// Events posted and not yet taken up.
  virtual std::size_t waiting() const = 0;
};

/// Carries out what the brain decided. Called on the io thread, in the order decided.
using ApplyBrainEffects = std::function<void(std::vector<BrainEffect>)>;

}  // namespace weir::ports
