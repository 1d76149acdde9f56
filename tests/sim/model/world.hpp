// A small world of production machines: the coordinator's brain and office, one machine of our own,
// two cloud proxies with their checkpoints. What the gateway and the links do between them is
// copied, in the order of coordinator/gateway/dispatcher*.cpp. Deterministic: the same actions lead
// to the same state.
#pragma once

#include "actors/domain/coordinator.hpp"
#include "tests/sim/model/keys.hpp"
#include "tests/sim/model/victims.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace weir::model {

/// What may happen next. `who` is an agent or a pending clearance, `which` an attempt it holds.
enum class Kind : std::uint8_t {
  submit,     ///< how: what the inspection says
  companion,  ///< a P0 request of the same session
  clear,      ///< how: what becomes of the oldest pending clearance
  accept,
  begin,  ///< the first byte of the answer
  finish,
  refuse,
  fail,
  late,    ///< the answer of an attempt that was given up crosses the word of it
  replay,  ///< the network brings a proxy its last order again
  lose,    ///< the link
  back,    ///< how: with what it runs, or as a new process
  pass,    ///< time
  policy,  ///< how: which
  site,    ///< our own machine fills, or frees
  leave,   ///< the client
};
inline constexpr std::size_t kinds = 16;
enum Inspection : std::uint8_t { truthful, incomplete, misses };
enum Verdict : std::uint8_t { answers, busy, too_late };
enum Rules : std::uint8_t { factory, floor_p0, no_cloud, no_redaction };

struct Action {
  Kind kind = Kind::submit;
  std::uint8_t who = 0;
  std::uint8_t how = 0;
  std::uint8_t which = 0;
};
std::string text_of(const Action& action);

struct Bounds {
  std::uint32_t disturbances = 2;  ///< of all kinds together; each kind has a bound of its own, too
};

struct Violation {
  std::string property;
  std::string what;
};

class World {
 public:
  World(const Victim& victim, const Bounds& bounds);

  std::vector<Action> enabled() const;
  void apply(const Action& action);
  /// All of the state that anything can depend on, as text.
  std::string digest();
  const std::optional<Violation>& violation() const { return violation_; }
  /// Whether the victim's request reached a cloud, in a form that may.
  bool reached() const { return reached_; }

 private:
  enum class Stage : std::uint8_t { offered, running, answering };
  struct Held {
    Dispatch dispatch;
    Stage stage = Stage::offered;
    TimePoint received;
  };
  struct Agent {
    std::string name;
    Tier tier = Tier::l1;
    std::uint64_t incarnation = 0;
    LinkId link;  ///< 0: none
    std::optional<TimePoint> lost_since;
    std::vector<Held> held;
    std::vector<Held> given_up;  ///< told to stop; a word of it may still be on its way
    std::optional<domain::Checkpoint> checkpoint;
    std::optional<Arrived> last;  ///< what the checkpoint passed last
    std::uint64_t reports = 0;
  };
  /// The gateway's side of an attempt, and of a request.
  struct Attempt {
    AttemptId id;
    LinkId link;
    Placement placement;
    std::string upstream;
    bool accepted = false;
    bool restored = false;
    bool told = false;
  };
  struct Flow {
    RequestSpec spec;
    std::string body;
    std::optional<Attempt> attempt;
    bool committed = false;
    bool may_go_on = true;
    std::string so_far;
    bool over = false;
    // What the model itself knows of it, to judge by.
    Grade known = Grade::p2;    ///< the strictest that anybody said of it so far
    Grade session = Grade::p2;  ///< its session's, when it was graded last
    Grade shown = Grade::p2;    ///< the strictest that the brain showed of it so far
    bool waits = false;
  };
  struct Pending {
    SendDispatch order;
    Grade grade;
  };

  // world.cpp: the coordinator's side
  void tell(BrainEvent event);
  void carry_out(BrainEffect& effect);
  void carry_out(SendDispatch& order);
  void carry_out(const SendCancel& order);
  void carry_out(const SendResume& order);
  void withdraw(SendDispatch& order);
  void cleared(Pending pending, Verdict verdict);
  void deny(Flow& flow, ClearanceDenied denial);
  Flow* current(LinkId link, AttemptId attempt);
  void accepted(LinkId link, AttemptId attempt);
  void bytes(LinkId link, AttemptId attempt, const std::string& text);
  void finished(LinkId link, AttemptId attempt, std::optional<Error> error);
  void submit(std::uint64_t id, RequestSpec spec, std::string body);
  void configure(Rules rules);
  void report(Agent& agent);

  // agents.cpp: the agents' side
  Agent* at(LinkId link);
  void arrive(LinkId link, Dispatch dispatch);
  void body(LinkId link, AttemptId attempt, std::string body);
  void cancel(LinkId link, AttemptId attempt);
  void passes(Agent& proxy, Arrived arrived);
  void connect(Agent& agent, bool anew);
  void lose(Agent& agent);
  void pass(Millis time);
  void agent_says(const Action& action);

  // judge.cpp: the properties
  Grade effective(const Flow& flow) const;
  void judge_order(const SendDispatch& order);
  void judge_sink(const Agent& proxy, const Arrived& arrived, std::string_view bytes);
  void judge_grade(std::uint64_t id, Grade grade);
  void judge_views();
  void violate(std::string property, std::string what);
  std::optional<Explanation> explained(std::uint64_t id);

  bool disturbs(const Action& action) const;
  bool affordable(const Action& action) const;
  void offer_agents(std::vector<Action>& out) const;

  const Victim& victim_;
  Bounds bounds_;
  domain::CoordinatorPolicy settings_;
  domain::Coordinator brain_;
  TimePoint now_{std::chrono::hours{1}};
  std::array<Agent, 3> agents_;
  std::map<std::uint64_t, Flow> flows_;
  std::vector<Pending> pending_;
  std::deque<BrainEvent> events_;
  std::vector<Answer> answers_;
  bool telling_ = false;
  std::array<std::uint32_t, kinds> done_{};
  std::uint32_t disturbed_ = 0;
  std::uint64_t links_ = 0;
  Rules rules_ = factory;
  std::uint8_t inspection_ = truthful;
  bool full_ = true;
  Grade session_ = Grade::p2;        ///< by what was said of its requests
  Grade session_shown_ = Grade::p2;  ///< the strictest that the brain showed of it so far
  std::vector<AttemptId> sunk_;
  bool reached_ = false;
  std::optional<Violation> violation_;
};

}  // namespace weir::model
