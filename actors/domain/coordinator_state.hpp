// What the coordinator's value machine remembers, and the steps it is made of. Only the
// coordinator*.cpp files include this.
#pragma once

#include "actors/domain/catalog.hpp"
#include "actors/domain/coordinator.hpp"
#include "actors/domain/explain.hpp"
#include "actors/domain/fleet.hpp"
#include "actors/domain/grading.hpp"
#include "actors/domain/placement.hpp"
#include "actors/domain/queue.hpp"
#include "actors/domain/random.hpp"
#include "actors/domain/verdict.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace weir::domain {

/// The attempt that a request's fate hangs on.
struct Running {
  AttemptId attempt;
  LinkId link;
  std::uint32_t engine = 0;
  TimePoint due;  ///< its first byte, unless committed
};

/// One accepted request until it ends. It either waits in the queue or runs.
struct Request {
  RequestSpec spec;
  Graded graded;
  ModelQuery query;
  std::uint64_t arrival = 0;
  TimePoint deadline;       ///< for the first token
  TimePoint waiting_since;  ///< of the current wait
  std::optional<TimePoint> hopeless_since;
  std::optional<Running> running;
  bool committed = false;
  std::uint8_t number = 0;      ///< of the last attempt
  std::uint32_t tries = 0;      ///< attempts that were not refused
  std::uint32_t refusals = 0;   ///< since it last waited
  std::uint32_t failures = 0;   ///< by engines
  std::uint32_t waited_ms = 0;  ///< in all waits before the current one
  std::vector<Exclusion> excluded;
  std::string_view again;  ///< why it was placed again
  Story story;
  std::optional<TimePoint> wake;  ///< its entry in State::timers
};

struct Coordinator::State {
  /// Refusals in a row before a request waits instead of asking the next agent.
  static constexpr std::uint32_t refusals_max = 16;
  /// Exclusions of one request; the oldest goes first.
  static constexpr std::size_t exclusions_max = 64;
  /// A cancelled attempt stops counting against its engine after this, whatever the agent
  /// says: from then on the agent's reports alone tell what it holds.
  static constexpr Millis cancel_grace{5'000};
  /// Whatever a caller asks for.
  static constexpr Millis deadline_max{24 * 3'600'000};
  /// A tick this late means that we stood still, not the agents.
  static constexpr Millis standstill_min{500};

  State(CoordinatorPolicy p, std::uint64_t incarnation_, std::uint64_t seed);

  // coordinator.cpp: events
  void on(const Submitted& event);
  void on(const ClientGone& event);
  void on(const Committed& event);
  void on(const Tick& event);
  void on(const StopAdmitting& event);
  void on(const Reconfigured& event);

  // coordinator_agents.cpp: events of agents
  void on(const AgentUp& event);
  void on(const AgentDown& event);
  void on(const AgentSaid& event);
  void on(const DrainAsked& event);
  void said(Agent& agent, const Inventory& inventory);
  void said(Agent& agent, const CapacityReport& report);
  void said(Agent& agent, const Accept& accept);
  void said(Agent& agent, const Refuse& refuse);
  void said(Agent& agent, const Finish& finish);
  void failed(Request& request, const Running& was, std::uint64_t agent_serial);
  /// Removes an agent; its attempts are placed again or end.
  void lose(Agent& agent);
  void suspect_the_silent();
  void forget_cancelled();
  void settle_standstill();

  // coordinator_views.cpp: questions
  void on(const Asked& event);
  FleetView fleet_view() const;
  QueueView queue_view() const;
  Answer explain(const std::string& id) const;

  // coordinator_requests.cpp: the life of a request. Each of these may end the request: the
  // reference is not to be used afterwards, except after cancel_attempt.
  Job job_of(Request& request) const;
  Request* find(RequestId id);
  /// The request whose current attempt this is; nullptr: nobody's.
  Request* current(AttemptId attempt);
  void place(Request& request);
  void dispatch(Request& request, const Job& job, const Choice& choice);
  void wait(Request& request, bool hopeless);
  /// The current attempt is over without an answer: a new one, or the end.
  void place_again(Request& request, std::string_view why);
  void cancel_attempt(Request& request, CancelReason reason, std::string_view outcome);
  void fail(Request& request, Code code);
  void fail(Request& request, Code code, std::string detail);
  void complete(Request& request);
  /// Removes every trace but the story.
  void end(Request& request, std::string_view state, std::string_view error);
  void set_wake(Request& request, std::optional<TimePoint> wake);
  void wake(Request& request);
  /// Gives the free slots of an agent to those who wait for them.
  void fill(Agent& agent);
  void recheck_waiting();
  /// A request that waits, by new settings: what it asks for, and a grade that only tightens.
  void regrade(Request& request);
  Millis retry_after_full() const;

  CoordinatorPolicy policy;
  PlacePolicy placing;
  std::uint64_t incarnation;
  Random random;
  Catalog catalog;
  Fleet fleet;
  Grading grading;
  Journal journal;
  Placer placer;
  WaitingQueue queue;
  std::unordered_map<RequestId, Request> requests;
  std::unordered_map<std::string, RequestId> public_ids;
  std::set<std::pair<TimePoint, RequestId>> timers;
  struct Cancelled {
    TimePoint forget_at;
    LinkId link;
    AttemptId attempt;
  };
  std::deque<Cancelled> cancelled;  // in the order of forget_at
  std::uint64_t arrivals = 0;
  std::uint32_t running = 0;
  std::uint64_t losses_seen = 0;
  double service_ms = 1'000;  ///< smoothed time that a job holds a slot
  bool admitting = true;
  std::optional<TimePoint> last_tick;
  TimePoint now;
  std::vector<BrainEffect> effects;
};

}  // namespace weir::domain
