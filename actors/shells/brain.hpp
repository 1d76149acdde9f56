// The brain actor: domain::Coordinator behind ports::Brain.
#pragma once

#include "actors/domain/coordinator.hpp"
#include "actors/ports/brain.hpp"
#include "actors/shells/defer.hpp"
#include "actors/telemetry/metrics.hpp"

#include <cstdint>
#include <memory>

namespace caf {
class actor_system;
}

namespace weir::shells {

/// `apply` runs on the actor's thread with all effects of one batch, in the order decided; it
/// must only hand them on. The object may be destroyed while events are on their way: they are
/// dropped. Observes `weir_placement_seconds`: the time to decide each Submitted.
/// `incarnation` and `seed`: random per start. `metrics` must outlive the actor system.
class BrainShell final : public ports::Brain {
 public:
  BrainShell(caf::actor_system& system, domain::CoordinatorPolicy policy, std::uint64_t incarnation,
             std::uint64_t seed, telemetry::Metrics& metrics, ports::ApplyBrainEffects apply,
             Defer defer = {});
  ~BrainShell() override;
  void post(BrainEvent event) override;
  std::size_t waiting() const override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::shells
