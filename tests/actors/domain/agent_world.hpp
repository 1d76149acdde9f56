// An agent with one engine, a clock, and shorthands for what its coordinator says to it.
#pragma once

#include "actors/domain/agent.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace weir::testing::agent {

inline constexpr LinkId coordinator_link{1};

inline AttemptId attempt(std::uint64_t request) { return {7, RequestId{request}, 1}; }

inline EngineSnapshot snapshot(std::uint32_t slots = 2) {
  EngineSnapshot s;
  s.engine = 0;
  s.state = EngineState::up;
  s.slots_total = slots;
  s.models = {{"m", "", "", 0, 0, 0, true}};
  return s;
}

inline Dispatch dispatch(std::uint64_t request, Grade grade = Grade::p2) {
  Dispatch d;
  d.attempt = attempt(request);
  d.model = "m";
  d.grade = grade;
  d.tenant = "eng";
  d.body_bytes = 1;
  d.first_byte_ms = d.stall_ms = 1'000;
  return d;
}

/// An agent with one engine, connected to one coordinator.
struct World {
  explicit World(domain::AgentPolicy policy = {}) : agent{policy} {
    tell(EngineObserved{snapshot()});
    tell(CoordinatorUp{coordinator_link, 7, "c1"});
  }
  void tell(const WorkerEvent& e, Millis after = Millis{0}) {
    now += after;
    last = agent.decide(now, e);
  }
  void offer(const Dispatch& d) { tell(CoordinatorSaid{coordinator_link, d}); }
  void end(std::uint64_t request, bool failed = false) {
    tell(JobEnded{attempt(request), {Tokens{100}, Tokens{11}}, {100, 1'100}, failed});
  }
  bool accepted() const { return count<AcceptJob>() == 1; }
  template <class E>
  std::size_t count() const {
    return static_cast<std::size_t>(std::count_if(
        last.begin(), last.end(), [](const auto& e) { return std::holds_alternative<E>(e); }));
  }
  template <class M>
  std::optional<M> said() const {
    for (const auto& e : last)
      if (const auto* s = std::get_if<Say>(&e))
        if (const auto* m = std::get_if<M>(&s->message)) return *m;
    return std::nullopt;
  }
  std::optional<RefusalReason> refused() const {
    const auto r = said<Refuse>();
    return r ? std::optional{r->reason} : std::nullopt;
  }
  /// What the next heartbeat says of the engine.
  EngineLoad heartbeat() {
    tell(WorkerTick{}, Millis{600});
    return said<CapacityReport>()->engines.at(0);
  }

  domain::Agent agent;
  TimePoint now{std::chrono::seconds(1'000)};
  std::vector<WorkerEffect> last;
};

}  // namespace weir::testing::agent
