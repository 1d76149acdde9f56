// ARCHITECTURE's table of failures, a test for each row that the brain answers.
#include "tests/actors/domain/brain_world.hpp"

using namespace weir;
using weir::testing::EngineSpec;
using weir::testing::World;

namespace {

constexpr Features continuing = feature::tools | feature::json | feature::continues;

/// Two machines, and one stream that runs on one of them.
struct Scene : World {
  explicit Scene(bool begun, bool continuable = true) {
    a = agent("a", Tier::l1, {.features = continuing});
    b = agent("b", Tier::l1, {.features = continuing});
    auto s = spec(1);
    s.continuable = continuable;
    tell(Submitted{s});
    attempt = one<SendDispatch>().dispatch.attempt;
    winner = one<SendDispatch>().link;
    other = winner == a ? b : a;
    name = winner == a ? "a" : "b";
    if (begun) tell(Committed{attempt});
  }
  /// The machine comes back on a new link, with these attempts still running.
  LinkId back(std::vector<AttemptId> running) {
    const LinkId fresh{50};
    Hello hello;
    for (const auto& one : running) hello.attempts.push_back({one, 10});
    tell(AgentUp{fresh, {"c", "agent", name, Tier::l1}, hello});
    return fresh;
  }

  LinkId a, b, winner, other;
  AttemptId attempt;
  std::string name;
};

}  // namespace

TEST_CASE("failure: link closed, no token yet: placed again at once as a new attempt") {
  Scene s{false};
  s.tell(AgentDown{s.winner, "test"});
  const auto again = s.one<SendDispatch>();
  CHECK(again.link == s.other);
  CHECK(again.dispatch.attempt.number == 2);
  CHECK_FALSE(again.placement.continues);
  CHECK(s.node(s.name).state == "suspect");
}

TEST_CASE("failure: link closed, begun: resumed when the agent is back within 3 s") {
  Scene s{true};
  s.tell(AgentDown{s.winner, "test"});
  CHECK(s.out.empty());
  s.run(Millis{2'900}, {s.other});
  CHECK(s.out.empty());
  const auto fresh = s.back({s.attempt});
  CHECK(s.one<SendResume>().attempt == s.attempt);
  CHECK(s.one<SendResume>().link == fresh);
  s.finish(fresh, s.attempt);
  CHECK(s.one<CompleteRequest>().request == RequestId{1});
  CHECK(s.node(s.name).slots_used == 0);
}

TEST_CASE("failure: link closed: no slot is offered before the agent reported again") {
  Scene s{true};
  s.tell(AgentDown{s.winner, "test"});
  s.tell(AgentDown{s.other, "test"});
  const auto fresh = s.back({s.attempt});
  s.submit(2);
  CHECK(s.none<SendDispatch>());
  s.tell(AgentSaid{fresh, weir::testing::inventory_of({})});
  CHECK(s.none<SendDispatch>());
  s.tell(AgentSaid{fresh, s.capacity(s.winner, 1)});
  CHECK(s.one<SendDispatch>().link == fresh);
}

TEST_CASE("failure: link closed: the agent is back and has forgotten the answer") {
  for (const bool continuable : {true, false}) {
    Scene s{true, continuable};
    s.tell(AgentDown{s.winner, "test"});
    s.back({});
    CHECK(s.none<SendResume>());
    if (continuable) {
      CHECK(s.one<SendDispatch>().link == s.other);
      CHECK(s.one<SendDispatch>().placement.continues);
    } else {
      CHECK(s.failure() == Code::upstream_failed);
    }
  }
}

TEST_CASE("failure: link closed: what was placed elsewhere meanwhile is cancelled at its return") {
  Scene s{false};
  s.tell(AgentDown{s.winner, "test"});
  const auto fresh = s.back({s.attempt});
  CHECK(s.one<SendCancel>().cancel.attempt == s.attempt);
  CHECK(s.one<SendCancel>().link == fresh);
  CHECK(s.none<SendResume>());
}

TEST_CASE("failure: lost 3 s after its link closed: begun answers go on elsewhere, or end") {
  for (const bool continuable : {true, false}) {
    Scene s{true, continuable};
    s.tell(AgentDown{s.winner, "test"});
    s.run(Millis{3'050}, {s.other});
    if (continuable) {
      const auto on = s.one<SendDispatch>();
      CHECK(on.link == s.other);
      CHECK(on.placement.continues);
      CHECK(on.placement.redispatch_reason == "link_lost");
      CHECK(on.dispatch.grade == Grade::p2);
      s.finish(s.other, on.dispatch.attempt);
      CHECK(s.one<CompleteRequest>().request == RequestId{1});
    } else {
      CHECK(s.failure() == Code::upstream_failed);
    }
    CHECK(s.queues().running == 0);
  }
}

TEST_CASE("failure: lost: an answer goes on only where an engine can continue its text") {
  World w;
  const auto a = w.agent("a", Tier::l1, {.features = continuing});
  auto spec = w.spec(1);
  spec.continuable = true;
  w.tell(Submitted{spec});
  const auto attempt = w.one<SendDispatch>().dispatch.attempt;
  w.tell(Committed{attempt});
  const auto b = w.agent("b", Tier::l1);
  w.tell(AgentDown{a, "test"});
  w.run(Millis{3'050}, {b});
  CHECK(w.failure() == Code::upstream_failed);
}

TEST_CASE("failure: silent for 2 s: suspect; for 5 s: lost, its link is dropped") {
  Scene s{true};
  s.run(Millis{4'900}, {s.other});
  CHECK(s.out.empty());
  CHECK(s.node(s.name).state == "suspect");
  s.run(Millis{150}, {s.other});
  CHECK(s.one<DropLink>().link == s.winner);
  CHECK(s.one<SendDispatch>().placement.continues);
  s.tell(AgentDown{s.winner, "dropped"});
  CHECK(s.out.empty());
}

TEST_CASE("failure: silent for 5 s and then closed is lost without another wait") {
  Scene s{true};
  s.pass(Millis{400});
  s.tell(Tick{});
  for (int i = 0; i < 12; ++i) {
    s.pass(Millis{400});
    if (i == 11) break;
    s.report(s.other);
  }
  s.tell(AgentDown{s.winner, "test"});
  CHECK(s.one<SendDispatch>().placement.continues);
}

TEST_CASE("failure: the detector freezes when too many fall silent at once, and not for ever") {
  World w;
  std::vector<LinkId> alive;
  for (int i = 0; i < 10; ++i) {
    const auto link = w.agent("n" + std::to_string(i), Tier::l1);
    if (i >= 3) alive.push_back(link);
  }
  w.run(Millis{2'200}, alive);
  CHECK(w.node("n0").state == "up");
  w.run(Millis{2'600}, alive);
  CHECK(w.node("n0").state == "up");
  w.run(Millis{600}, alive);
  const auto fleet = w.ask<FleetView>(Question::fleet);
  for (const auto& node : fleet.nodes)
    if (node.name < "n3") CHECK(node.state == "suspect");
}

TEST_CASE("failure: two of ten silent agents are suspected as usual") {
  World w;
  std::vector<LinkId> alive;
  for (int i = 0; i < 10; ++i) {
    const auto link = w.agent("n" + std::to_string(i), Tier::l1);
    if (i >= 2) alive.push_back(link);
  }
  w.run(Millis{2'200}, alive);
  CHECK(w.node("n0").state == "suspect");
}

TEST_CASE("failure: engine fails in the middle: the answer goes on elsewhere, without that one") {
  Scene s{true};
  s.finish(s.winner, s.attempt, Code::upstream_failed);
  CHECK(s.one<SendDispatch>().link == s.other);
  CHECK(s.one<SendDispatch>().placement.continues);
  const auto second = s.one<SendDispatch>().dispatch.attempt;
  s.finish(s.other, second, Code::upstream_failed);
  CHECK(s.failure() == Code::upstream_failed);
}

TEST_CASE("failure: the client leaves while its machine is away: ended, and cancelled at return") {
  Scene s{true};
  s.tell(AgentDown{s.winner, "test"});
  s.tell(ClientGone{RequestId{1}});
  CHECK(s.queues().running == 0);
  const auto fresh = s.back({s.attempt});
  CHECK(s.one<SendCancel>().link == fresh);
}

TEST_CASE("failure: an agent that comes back as another layer is another machine") {
  Scene s{true, false};
  s.tell(AgentDown{s.winner, "test"});
  s.tell(AgentUp{LinkId{50}, {"c", "agent", s.name, Tier::l0}, {}});
  CHECK(s.failure() == Code::upstream_failed);
  CHECK(s.node(s.name).tier == Tier::l0);
}

TEST_CASE("failure: engine fails three times in a row: left out, then probed, then trusted again") {
  World w;
  const auto bad = w.agent("bad", Tier::l1);
  std::uint64_t id = 0;
  const auto run = [&](std::optional<Code> error) {
    w.submit(++id);
    const auto sent = w.all<SendDispatch>();
    if (sent.empty()) return false;
    w.finish(bad, sent[0].dispatch.attempt, error);
    return true;
  };
  for (int i = 0; i < 3; ++i) CHECK(run(Code::upstream_failed));
  CHECK_FALSE(run(std::nullopt));
  w.run(Millis{2'100}, {bad});
  CHECK(w.failure() == Code::no_capacity);
  const auto told = w.ask<Explanation>(Question::explain, "req-" + std::to_string(id));
  CHECK(told.attempts.at(0).candidates.at(0).filtered == "failed too often just now");
  w.run(Millis{2'900}, {bad});
  w.submit(++id);
  const auto probe = w.one<SendDispatch>().dispatch.attempt;
  w.submit(++id);
  CHECK(w.none<SendDispatch>());  // one probe at a time
  w.finish(bad, probe);
  const auto next = w.one<SendDispatch>().dispatch.attempt;
  w.finish(bad, next);
  w.run(Millis{10'050}, {bad});
  for (int i = 0; i < 4; ++i) {
    w.submit(++id);
    CHECK(w.all<SendDispatch>().size() == 1);
  }
}

TEST_CASE("failure: a probe that fails leaves the engine out for longer") {
  World w;
  const auto bad = w.agent("bad", Tier::l1);
  for (std::uint64_t id = 1; id <= 3; ++id) {
    w.submit(id);
    w.finish(bad, w.one<SendDispatch>().dispatch.attempt, Code::upstream_failed);
  }
  w.run(Millis{5'050}, {bad});
  w.submit(4);
  w.finish(bad, w.one<SendDispatch>().dispatch.attempt, Code::upstream_failed);
  w.run(Millis{9'900}, {bad});
  w.submit(5);
  CHECK(w.none<SendDispatch>());
  w.run(Millis{150}, {bad});
  CHECK(w.one<SendDispatch>().dispatch.attempt.request == RequestId{5});
}

TEST_CASE("failure: client gone, and what is not the engine's fault, never counts against it") {
  World w;
  const auto a = w.agent("a", Tier::l1);
  std::uint64_t id = 0;
  for (int i = 0; i < 10; ++i) {
    w.submit(++id);
    const auto attempt = w.one<SendDispatch>().dispatch.attempt;
    w.tell(ClientGone{RequestId{id}});
    CHECK(w.one<SendCancel>().cancel.reason == CancelReason::client_gone);
    w.finish(a, attempt, Code::upstream_failed);
  }
  for (const auto code : {Code::timed_out, Code::queue_full, Code::internal, Code::cancelled}) {
    w.submit(++id);
    w.finish(a, w.one<SendDispatch>().dispatch.attempt, code);
  }
  w.submit(++id);
  CHECK(w.one<SendDispatch>().link == a);
}

TEST_CASE("failure: an engine that brings no first byte in its time counts as failing") {
  World w;
  const auto a = w.agent("a", Tier::l1);
  const auto b = w.agent("b", Tier::l1);
  w.report(b, 4);
  for (std::uint64_t id = 1; id <= 3; ++id) {
    w.submit(id);
    w.run(Millis{30'050}, {a});
    CHECK(w.failure() == Code::deadline_exceeded);
    w.finish(a, {weir::testing::incarnation, RequestId{id}, 1}, Code::cancelled);
  }
  w.submit(4);
  CHECK(w.none<SendDispatch>());
}

TEST_CASE("failure: engine down: what has no token yet is placed again at once") {
  Scene s{false};
  auto report = s.capacity(s.winner);
  report.engines[0].state = EngineState::down;
  s.tell(AgentSaid{s.winner, report});
  CHECK(s.one<SendCancel>().cancel.attempt == s.attempt);
  CHECK(s.one<SendDispatch>().link == s.other);
  CHECK(s.one<SendDispatch>().placement.redispatch_reason == "engine_down");
}

TEST_CASE("failure: a text goes on in no cloud") {
  World w;
  const auto a = w.agent("a", Tier::l1, {.features = continuing});
  w.agent("cloud", Tier::l2, {.features = continuing, .cloud = true});
  auto spec = w.spec(1);
  spec.continuable = true;
  w.tell(Submitted{spec});
  w.tell(Committed{w.one<SendDispatch>().dispatch.attempt});
  w.tell(AgentDown{a, "test"});
  w.run(Millis{5'100});
  CHECK(w.none<SendDispatch>());
  CHECK(w.failure() == Code::upstream_failed);
}

TEST_CASE(
    "failure: an answer that goes on and breaks again goes on once more, three times in all") {
  Scene s{true};
  const auto third = s.agent("c", Tier::l1, {.features = continuing});
  s.finish(s.winner, s.attempt, Code::upstream_failed);
  const auto second = s.one<SendDispatch>();
  s.tell(Committed{second.dispatch.attempt});
  s.finish(second.link, second.dispatch.attempt, Code::upstream_failed);
  const auto last = s.one<SendDispatch>();
  CHECK(last.placement.continues);
  CHECK((last.link == third || last.link == s.other));
  s.tell(Committed{last.dispatch.attempt});
  s.run(Millis{40'000}, {s.a, s.b, third});  // it runs: no deadline of a first byte ends it
  CHECK(s.none<FailRequest>());
  s.finish(last.link, last.dispatch.attempt, Code::upstream_failed);
  CHECK(s.failure() == Code::upstream_failed);
}

TEST_CASE("failure: a drain that was asked for while the agent was away is told at its return") {
  for (const bool on : {true, false}) {
    Scene s{true};
    s.tell(DrainAsked{ReplyId{1}, s.name, !on});
    s.tell(AgentDown{s.winner, "test"});
    s.tell(DrainAsked{ReplyId{2}, s.name, on});
    CHECK(s.none<SendDrain>());
    const auto fresh = s.back({s.attempt});
    CHECK(s.one<SendDrain>().link == fresh);
    CHECK(s.one<SendDrain>().drain.on == on);
  }
}

TEST_CASE("failure: an agent away twice in a row has its 3 s each time") {
  Scene s{true};
  s.tell(AgentDown{s.winner, "test"});
  s.run(Millis{2'500}, {s.other});
  const auto fresh = s.back({s.attempt});
  s.tell(AgentDown{fresh, "test"});
  s.run(Millis{2'500}, {s.other});
  CHECK(s.none<SendDispatch>());
  s.run(Millis{550}, {s.other});
  CHECK(s.one<SendDispatch>().placement.continues);
}

TEST_CASE("failure: a newer link of the same agent takes the older one's attempts over") {
  Scene s{true};
  const auto fresh = s.back({s.attempt});
  CHECK(s.one<DropLink>().link == s.winner);
  CHECK(s.one<SendResume>().link == fresh);
  s.tell(AgentDown{s.winner, "dropped"});
  CHECK(s.out.empty());
  s.finish(fresh, s.attempt);
  CHECK(s.one<CompleteRequest>().request == RequestId{1});
}

TEST_CASE("failure: refusal: placed again without that agent, its view is taken") {
  Scene s{false};
  s.refuse(s.winner, s.attempt, RefusalReason::no_free_slot);
  CHECK(s.one<SendDispatch>().link == s.other);
  CHECK(s.node(s.name).slots_used == 4);
}

TEST_CASE("failure: deadline, full queue, no legal target: a typed error, each exactly once") {
  domain::CoordinatorPolicy policy;
  policy.queue.waiting_max = 1;
  World w{policy};
  const auto a = w.agent("a", Tier::l1);
  w.report(a, 4);
  auto hurried = w.spec(1);
  hurried.deadline = Millis{1'000};
  w.tell(Submitted{hurried});
  w.submit(2);
  CHECK(w.failure() == Code::queue_full);
  w.run(Millis{1'050});
  CHECK(w.failure() == Code::deadline_exceeded);
  auto unknown = w.spec(3);
  unknown.model = "nobody has it";
  World lonely;
  lonely.tell(Submitted{unknown});
  lonely.run(Millis{2'050});
  CHECK(lonely.failure() == Code::no_capacity);
}

TEST_CASE("failure: our own loop lagged for more than 500 ms: nobody is suspected for that time") {
  World w;
  const auto a = w.agent("a", Tier::l1);
  w.run(Millis{1'500}, {a});
  w.pass(Millis{4'000});
  w.tell(Tick{});
  CHECK(w.node("a").state == "up");
  w.run(Millis{1'400});
  CHECK(w.node("a").state == "up");
  w.run(Millis{700});
  CHECK(w.node("a").state == "suspect");
}

TEST_CASE(
    "failure: link silent in one direction: who answers no Dispatch is left for this request") {
  World w;
  const auto deaf = w.agent("deaf", Tier::l1);
  const auto first = (w.submit(1), w.one<SendDispatch>().dispatch.attempt);
  const auto other = w.agent("other", Tier::l1);
  w.report(deaf);
  w.tell(Unanswered{first});
  CHECK(w.one<SendCancel>().link == deaf);
  CHECK(w.one<SendDispatch>().link == other);
  const auto second = w.one<SendDispatch>().dispatch.attempt;
  w.tell(Unanswered{first});  // heard late: it is nobody's attempt any more
  CHECK(w.none<SendDispatch>());
  w.tell(Committed{second});
  w.tell(Unanswered{second});
  CHECK(w.none<SendCancel>());
}
