// The worker actor: domain::Agent behind ports::Worker.
#pragma once

#include "actors/domain/agent.hpp"
#include "actors/ports/worker.hpp"
#include "actors/shells/defer.hpp"

#include <memory>

namespace caf {
class actor_system;
}

namespace weir::shells {

/// `apply` runs on the actor's thread with all effects of one batch; it must only hand them on.
/// The object may be destroyed while events are on their way: they are dropped.
class WorkerShell final : public ports::Worker {
 public:
  WorkerShell(caf::actor_system& system, domain::AgentPolicy policy,
              ports::ApplyWorkerEffects apply, Defer defer = {});
  ~WorkerShell() override;
  void post(WorkerEvent event) override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::shells
