// The node agent's worker as a value machine: event in, effects out. Owns the slots: accepts or
// refuses, counts what others send to the same engine, publishes capacity and inventory. No
// clock, no I/O, no logging.
#pragma once

#include "schema/types/grade.hpp"
#include "schema/types/settings.hpp"
#include "schema/types/worker.hpp"

#include <memory>
#include <vector>

namespace weir::domain {

struct AgentPolicy {
  Tier tier = Tier::l1;
  AcceptPolicy accept;
  Millis report_gap{100};     ///< at most one report, and one inventory, per gap
  Millis heartbeat{500};      ///< at least one report per heartbeat
  Millis orphan_max{3'000};   ///< a job whose link ended is kept so long for its coordinator
  Millis owner_grace{2'000};  ///< so long after the owner is back, work that runs may go on
};

class Agent {
 public:
  explicit Agent(AgentPolicy policy);
  ~Agent();

  /// Advances by one event at `now`, which never goes back. O(jobs) for ticks, O(log jobs) else.
  [[nodiscard]] std::vector<WorkerEffect> decide(TimePoint now, const WorkerEvent& event);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace weir::domain
