#include "actors/shells/worker.hpp"

#include "actors/shells/machine_shell.hpp"

namespace weir::shells {

class WorkerShell::Impl : public MachineShell<WorkerEvent, WorkerEffect> {
 public:
  using MachineShell::MachineShell;
};

WorkerShell::WorkerShell(caf::actor_system& system, domain::AgentPolicy policy,
                         ports::ApplyWorkerEffects apply, Defer defer) {
  auto agent = std::make_shared<domain::Agent>(std::move(policy));
  impl_ = std::make_unique<Impl>(
      system,
      Machine<WorkerEvent, WorkerEffect>{
          "worker", [agent](TimePoint now, const WorkerEvent& e) { return agent->decide(now, e); },
          std::move(apply), WorkerTick{}},
      std::move(defer));
}

WorkerShell::~WorkerShell() = default;

void WorkerShell::post(WorkerEvent event) { impl_->post(std::move(event)); }

}  // namespace weir::shells
