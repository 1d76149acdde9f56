// One machine of the fleet: its engine, its owner, and the agent process that runs on it now.
#pragma once

#include "actors/domain/agent.hpp"
#include "tests/sim/world/runner.hpp"

#include <memory>
#include <string>

namespace weir::sim {

class Node;

/// A node agent's process: the production worker, its edge, and one link that it keeps.
class AgentProcess final : public Endpoint {
 public:
  struct Listener {
    Endpoint* process = nullptr;  ///< nullptr: no coordinator listens
    std::uint64_t incarnation = 0;
  };
  using FindCoordinator = std::function<Listener()>;

  AgentProcess(Context& world, Network& network, Node& node, std::uint64_t incarnation,
               FindCoordinator find, Runner::TruthOf truth_of);

  void start();
  void on_frame(LinkId link, Frame frame) override;
  void on_down(LinkId link) override;
  void tell(WorkerEvent event) { worker_.post(std::move(event)); }
  const Runner& runner() const { return runner_; }
  std::uint64_t incarnation() const { return incarnation_; }
  bool linked() const { return link_.has_value(); }
  bool drained() const { return drained_; }
  std::function<void()> on_drained;

 private:
  std::vector<WorkerEffect> decide(const WorkerEvent& event);
  void dial();
  void hello(LinkId link, const Hello& hello);
  void look();
  void sweep();

  Network& network_;
  Node& node_;
  std::uint64_t incarnation_;
  FindCoordinator find_;
  domain::Agent agent_;
  Mailbox<WorkerEvent, WorkerEffect> worker_;
  Runner runner_;
  std::optional<LinkId> link_;
  std::uint32_t tries_ = 0;
  bool drained_ = false;
};

class Node {
 public:
  Node(Context& world, const AgentGroup& of, std::size_t number, std::string called)
      : group{of}, index{number}, name{std::move(called)}, engine{world, of, name} {}

  const AgentGroup& group;
  std::size_t index;  ///< also of its path
  std::string name;
  Engine engine;
  bool owner_present = false;
  bool draining = false;
  std::vector<std::unique_ptr<AgentProcess>> lives;  ///< the last one may be dead, too

  AgentProcess* process() {
    return lives.empty() || lives.back()->dead() ? nullptr : lives.back().get();
  }
  const AgentProcess* process() const {
    return lives.empty() || lives.back()->dead() ? nullptr : lives.back().get();
  }
  domain::AgentPolicy policy() const;
};

}  // namespace weir::sim
