// A whole simulated world: fleet, coordinator, clients, faults, and the oracle that watches.
#pragma once

#include "tests/sim/world/gateway.hpp"
#include "tests/sim/world/node.hpp"
#include "tests/sim/world/oracle.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weir::sim {

/// What a run came to.
struct Outcome {
  std::optional<Violation> violation;
  std::vector<std::string> last;  ///< what happened before the violation
  std::size_t asked = 0, served = 0, dispatched = 0, resumed = 0, to_cloud = 0;
  std::uint64_t events = 0;
};

/// Runs a scenario to its end, or to the first violation. `print`: every event, as it happens.
Outcome run(const Scenario& scenario, std::uint64_t seed, bool print = false);

class World {
 public:
  World(const Scenario& scenario, std::uint64_t seed, bool print);
  Outcome run();

 private:
  // processes
  void start_coordinator();
  void start_agent(Node& node);
  void kill_agent(Node& node);
  RequestTruth truth_of(AttemptId attempt) const;

  // clients
  void arrive(const Workload& work);
  void ask(const Workload& work);
  RequestSpec draw(const Workload& work, Truth& truth);

  // faults
  void arm(const Fault& fault);
  void strike(const Fault& fault);
  void strike(const Fault& fault, Node& node, Micros time);
  void for_a_while(Micros time, Timeline::Action undo);
  void silence(Node& node, Micros time, bool to_agent, bool from_agent);
  void show_owner(Node& node, bool present);
  void stop(Node& node, Micros time);
  void term(Node& node, Micros time);
  void drain(Node& node, bool on);
  void restart_coordinator(Micros time);
  void freeze_coordinator(Micros time);
  std::vector<Node*> group(const std::string& who) const;
  CoordinatorProcess* coordinator() {
    return lives_.empty() || lives_.back()->dead() ? nullptr : lives_.back().get();
  }

  bool step(TimePoint until);
  TimePoint run_end() const { return context_.timeline.begin() + Millis{context_.scenario.run_ms}; }

  Context context_;
  std::uint64_t seed_;
  Network network_;
  Requests requests_;
  Nodes nodes_;
  Oracle oracle_;
  std::vector<std::unique_ptr<CoordinatorProcess>> lives_;
  std::uint64_t incarnations_ = 0;
  std::uint64_t asked_ = 0;  ///< of this life of the coordinator
  std::uint64_t events_ = 0;
};

}  // namespace weir::sim
