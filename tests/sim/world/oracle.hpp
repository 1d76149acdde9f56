// What must hold whatever happens, reckoned from what the machines were told and said and from
// what only the simulator knows; never from the product's own books. The first violation ends
// the run.
#pragma once

#include "tests/sim/world/gateway.hpp"
#include "tests/sim/world/node.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace weir::sim {

struct Violation {
  std::string invariant;  ///< "secrecy", "grade", "ends_once", …
  std::string what;
};

using Nodes = std::vector<std::unique_ptr<Node>>;

class Oracle {
 public:
  Oracle(Context& world, const Requests& requests, const Nodes& nodes, const Network& network)
      : world_{world}, requests_{requests}, nodes_{nodes}, network_{network}, seen_(nodes.size()) {}

  const std::optional<Violation>& violation() const { return violation_; }
  /// For the trace: a name that outlives it.
  std::string_view name_of(std::string_view node) const;

  // what happens
  void client_asks(RequestKey key);
  /// The gateway's current attempt is this one now.
  void carried_out(AttemptId attempt);
  void client_got(AttemptId attempt, std::uint64_t text, std::uint64_t bytes);
  void client_ended(RequestKey key, bool well);
  void client_left(RequestKey key);
  void chunk_taken(AttemptId attempt, std::uint64_t offset, std::uint64_t expected);
  void committed(AttemptId attempt, bool continues);
  void left_for_cloud(const Dispatch& dispatch);
  void body_arrived(Tier tier, AttemptId attempt, Grade content);
  void brain_decided(CoordinatorProcess& process, const BrainEvent& event,
                     const std::vector<BrainEffect>& effects);
  void worker_decided(std::size_t node, const WorkerEvent& event,
                      const std::vector<WorkerEffect>& effects);
  /// The agent on this node died or fell silent.
  void node_lost(std::size_t node, bool dead);
  void node_back(std::size_t node);
  void coordinator_restarted();
  /// It does from now on, for this long.
  void coordinator_stands_still(Micros time) {
    stood_still_ += time;
    stands_until_ = world_.now() + time;
  }
  /// It drains, though nobody wants it to.
  bool drains(std::size_t node) const { return seen_[node].draining; }

  /// After every event.
  void check_now();
  /// Whether everything has come to rest.
  bool at_rest(CoordinatorProcess& process);
  /// At the end of the run, when all must have come to rest.
  void check_the_end(CoordinatorProcess& process);
  std::size_t asked() const { return tracked_.size(); }
  std::size_t served() const { return served_; }
  std::size_t dispatched() const { return dispatched_; }
  std::size_t resumed() const { return resumed_; }
  std::size_t to_cloud() const { return to_cloud_; }

 private:
  struct Tracked {
    std::optional<Grade> grade;  ///< once the brain has heard of it
    bool alive = false;          ///< for the brain
    bool waits = true;           ///< for the client
    bool begun = false;          ///< the client has bytes
    std::uint64_t text = 0;
    std::uint32_t commits = 0;  ///< of attempts that began the answer
    TimePoint asked, moved;
    std::optional<AttemptId> current;
    LinkId link;
    bool shaky = false;           ///< its link or agent was given up since
    std::uint8_t number = 0;      ///< of the brain's last attempt
    std::uint8_t at_gateway = 0;  ///< of the gateway's
    std::size_t node = 0;
    std::set<std::size_t> tried;
  };
  struct Hold {
    std::size_t node = 0;
    LinkId link;
    std::optional<TimePoint> until;  ///< a cancelled one is forgotten then
  };
  struct Seen {
    std::optional<TimePoint> linked_since, free_since, lost_at;
    std::optional<TimePoint> first_back_at, back_at;  ///< since it was lost
    bool draining = false, owner = false;
  };

  void broken(std::string invariant, std::string what);
  static std::string say(AttemptId attempt);
  Tracked* find(RequestKey key);
  const Truth& truth(RequestKey key) const { return requests_.at(key); }
  void first_due(RequestKey key, Micros limit, Micros stood_still);
  void progress_due(RequestKey key);
  Micros first_limit(RequestKey key) const;
  void recovered(RequestKey key, AttemptId attempt, TimePoint lost_at, bool dead);
  bool capacity_for(RequestKey key, const Tracked& t) const;
  std::size_t index_of_node(std::string_view name) const;

  // the brain
  void heard(std::uint64_t incarnation, const BrainEvent& event);
  void heard(std::uint64_t incarnation, const Submitted& event);
  void heard(std::uint64_t incarnation, const ClearanceDenied& event);
  void heard(const AgentSaid& event);
  void gave_up(LinkId link);
  void over(AttemptId attempt);
  void decided(std::uint64_t incarnation, const BrainEvent& cause, const BrainEffect& effect);
  void decided(const BrainEvent& cause, const SendDispatch& e);
  void ended(RequestKey key, const BrainEvent& cause, std::optional<Code> error);
  void check_books(CoordinatorProcess& process, bool waits);
  void check_slots(CoordinatorProcess& process);

  Context& world_;
  const Requests& requests_;
  const Nodes& nodes_;
  const Network& network_;
  std::vector<Seen> seen_;
  std::map<RequestKey, Tracked> tracked_;
  std::set<RequestKey> alive_;
  std::map<AttemptId, Hold> held_;
  std::map<std::string, Grade> sessions_;
  std::vector<TimePoint> losses_;
  std::optional<TimePoint> spill_changed_;
  Micros stood_still_{0};
  TimePoint stands_until_{};
  std::optional<Violation> violation_;
  std::optional<AttemptId> freed_;  ///< by the event being looked at
  std::size_t served_ = 0, dispatched_ = 0, resumed_ = 0, to_cloud_ = 0;
};

}  // namespace weir::sim
