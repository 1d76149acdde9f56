#include "actors/shells/brain.hpp"

#include "actors/shells/machine_shell.hpp"

#include <chrono>
#include <utility>

namespace weir::shells {

class BrainShell::Impl : public MachineShell<BrainEvent, BrainEffect> {
 public:
  using MachineShell::MachineShell;
};

namespace {

/// One decision, timed where it places new work.
std::vector<BrainEffect> decide(domain::Coordinator& coordinator,
                                prometheus::Histogram& placement_seconds, TimePoint now,
                                const BrainEvent& event) {
  if (!std::holds_alternative<Submitted>(event)) return coordinator.decide(now, event);
  const auto begun = std::chrono::steady_clock::now();
  auto effects = coordinator.decide(now, event);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  placement_seconds.Observe(took.count());
  return effects;
}

}  // namespace

BrainShell::BrainShell(caf::actor_system& system, domain::CoordinatorPolicy policy,
                       std::uint64_t incarnation, std::uint64_t seed, telemetry::Metrics& metrics,
                       ports::ApplyBrainEffects apply, Defer defer) {
  auto coordinator = std::make_shared<domain::Coordinator>(std::move(policy), incarnation, seed);
  auto* seconds =
      &metrics.histogram("weir_placement_seconds", "Time to decide where a new request goes",
                         telemetry::decision_bounds());
  impl_ =
      std::make_unique<Impl>(system,
                             Machine<BrainEvent, BrainEffect>{
                                 "brain",
                                 [coordinator, seconds](TimePoint now, const BrainEvent& event) {
                                   return decide(*coordinator, *seconds, now, event);
                                 },
                                 std::move(apply), Tick{}},
                             std::move(defer));
}

BrainShell::~BrainShell() = default;

void BrainShell::post(BrainEvent event) { impl_->post(std::move(event)); }

std::size_t BrainShell::waiting() const { return impl_->waiting(); }

}  // namespace weir::shells
