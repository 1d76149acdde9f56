// What the coordinator's value machine remembers, and the steps it is made of. Only the
// coordinator*.cpp files include this.
#pragma once

#include "actors/domain/budget.hpp"
#include "actors/domain/catalog.hpp"
#include "actors/domain/clearance.hpp"
#include "actors/domain/coordinator.hpp"
#include "actors/domain/explain.hpp"
#include "actors/domain/fleet.hpp"
#include "actors/domain/grading.hpp"
#include "actors/domain/placement.hpp"
#include "actors/domain/queue.hpp"
#include "actors/domain/random.hpp"
#include "actors/domain/spill.hpp"
#include "actors/domain/verdict.hpp"

#include <cstdint>
#include <deque>
#include <memory>
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
  std::uint64_t agent_serial = 0;
  std::uint32_t engine = 0;
  TimePoint since;     ///< its dispatch
  TimePoint due;       ///< its first byte, unless begun
  bool begun = false;  ///< the client has bytes of it
  EngineKind kind = EngineKind::openai;
};

/// One accepted request until it ends. It either waits in the queue or runs.
struct Request {
  RequestSpec spec;
  Graded graded;
  ModelQuery query;
  std::shared_ptr<const PolicyGate> gate;  ///< by its grade; null: the policy is the factory's
  std::uint64_t arrival = 0;
  TimePoint deadline;       ///< for the first token
  TimePoint waiting_since;  ///< of the current wait
  std::optional<TimePoint> hopeless_since;
  std::optional<Running> running;
  bool committed = false;       ///< the client has bytes, of this attempt or a former one
  std::uint8_t number = 0;      ///< of the last attempt
  std::uint32_t tries = 0;      ///< attempts that were not refused
  std::uint32_t refusals = 0;   ///< since it last waited
  std::uint32_t failures = 0;   ///< by engines
  std::uint32_t waited_ms = 0;  ///< in all waits before the current one
  std::vector<Exclusion> excluded;
  std::string_view again;    ///< why it was placed again
  std::string served_model;  ///< of the last attempt
  Story story;
  EngineKinds kinds = kinds_all;     ///< whose dialects can say it, as far as is known
  std::optional<Error> unsayable{};  ///< what the last of the others said
  std::optional<Error> kept_here{};  ///< not for the cloud; what to say where nobody else serves it
  std::string_view spilled;          ///< why it may go to the cloud although it could wait
  std::optional<TimePoint> wake;     ///< its entry in State::timers
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
  /// An engine that had so long for a first byte, and brought none, failed; one that had less was
  /// asked for too much.
  static constexpr Millis silent_engine_min{5'000};
  /// So many suspects within a second, and this share of the fleet: the fault is here.
  static constexpr std::size_t frozen_agents_min = 3;
  static constexpr std::size_t frozen_percent = 20;
  /// A tick this late means that we stood still, not the agents.
  static constexpr Millis standstill_min{500};

  State(CoordinatorPolicy p, std::uint64_t incarnation_, std::uint64_t seed);

  // coordinator.cpp: events
  void on(const Submitted& event);
  void on(const ClientGone& event);
  void on(const Committed& event);
  void on(const ClearanceDenied& event);
  void on(const Unanswered& event);
  void on(const Unsayable& event);
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
  void leave(Agent& agent, const std::set<std::uint32_t>& down);
  void said(Agent& agent, const Refuse& refuse);
  void said(Agent& agent, const Finish& finish);
  void failed(Request& request, const Running& was);
  void learn(const Request& request, const Finish& finish);
  /// The agent gave its attempt up unasked; it is not asked again before its next report.
  void give_back(Request& request, const Running& was, const Agent& agent, std::string_view why,
                 std::string detail);

  // coordinator_links.cpp: agents that come and go
  void resume(Agent& agent, const Hello& hello);
  void part(Agent& agent);
  /// Removes an agent; its attempts are placed again or end.
  void lose(Agent& agent);
  void break_off(Request& request, std::string_view why, std::string detail);
  bool frozen(const std::vector<Agent*>& silent);
  void watch_the_silent();
  void give_up_the_absent();
  void forget_cancelled();
  void settle_standstill();

  // coordinator_cloud.cpp: the way to the cloud
  void tighten(Request& request, Grade grade, std::string_view why);
  std::uint64_t local_wait_ms(const Request& request) const;
  std::uint32_t ttft_target_ms(const Request& request) const;
  std::string_view spills(const Request& request, const Placed& placed);
  CloudTarget target(const Job& job, const Choice& choice, AttemptId attempt);
  void settle(const Finish& finish, Tier tier);
  /// The current attempt is over before it was sent: the cloud is no choice any more.
  void keep_here(Request& request, Error error);
  void settle_abandoned();
  void learn_prices();
  void look_at_spill();

  // coordinator_views.cpp: questions
  void on(const Asked& event);
  void on(const Supposed& event);
  FleetView fleet_view() const;
  QueueView queue_view() const;
  Answer explain(const std::string& id) const;

  // coordinator_requests.cpp: the life of a request. Each of these may end the request: the
  // reference is not to be used afterwards, except after cancel_attempt.
  Job job_of(Request& request) const;
  /// What the policy leaves for a request of this grade; null where nothing was configured.
  std::shared_ptr<const PolicyGate> gate_of(const RequestSpec& spec, Grade grade) const;
  void set_grade(Request& request, const Graded& graded);
  Request* find(RequestId id);
  /// The request whose current attempt this is; nullptr: nobody's. In fence.cpp.
  Request* current(AttemptId attempt);
  void place(Request& request);
  void dispatch(Request& request, const Job& job, const Choice& choice);
  Dispatch order(const Request& request, const Choice& choice, std::int64_t first_byte_ms) const;
  /// `may_spill`: the cloud could serve it, were it not for our own machines.
  void wait(Request& request, bool hopeless, bool may_spill = false);
  /// The current attempt is over without a whole answer: a new one, from the text so far where
  /// the client has some, or the end. `detail`: what such a client is told.
  void place_again(Request& request, std::string_view why, std::string detail = {});
  bool may_continue(const Request& request) const;
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
  /// Grades it again, by new settings or for a new attempt: it only becomes stricter.
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
  SpillMode spill;
  Budget budget;
  MicroUsd cheapest_in;
  MicroUsd cheapest_out;
  std::uint64_t policy_version = 1;
  bool own_rules = false;  ///< the policy's are not the factory's
  std::unordered_map<RequestId, Request> requests;
  std::unordered_map<std::string, RequestId> public_ids;
  std::set<std::pair<TimePoint, RequestId>> timers;
  struct Cancelled {
    TimePoint forget_at;
    std::uint64_t agent_serial = 0;
    AttemptId attempt;
  };
  std::deque<Cancelled> cancelled;  // in the order of forget_at
  std::uint64_t arrivals = 0;
  std::uint32_t running = 0;
  std::uint64_t losses_seen = 0;
  double service_ms = 1'000;  ///< smoothed time that a job holds a local slot
  bool admitting = true;
  std::optional<TimePoint> last_tick;
  std::deque<TimePoint> suspected;  ///< within the last second
  std::optional<TimePoint> frozen_since;
  struct Absence {
    TimePoint until;
    std::uint64_t agent_serial = 0;
  };
  std::deque<Absence> absences;  // in the order of `until`; may hold agents that are back
  TimePoint now;
  std::vector<BrainEffect> effects;
};

}  // namespace weir::domain
