// Agents that refuse, fail, fall silent, vanish, or lie.
#include "actors/domain/coordinator.hpp"
#include "tests/actors/domain/brain_world.hpp"

#include <doctest/doctest.h>

using namespace weir;
using weir::testing::EngineSpec;
using weir::testing::World;

namespace {

/// Two agents of which the first got the request: (its link, the other's, the attempt).
struct Placed {
  LinkId winner;
  LinkId other;
  AttemptId attempt;
};

Placed place(World& w, RequestSpec spec, const EngineSpec& engine = {}) {
  const auto a = w.agent("a", Tier::l1, engine);
  const auto b = w.agent("b", Tier::l1, engine);
  w.tell(Submitted{spec});
  const auto d = w.one<SendDispatch>();
  return {d.link, d.link == a ? b : a, d.dispatch.attempt};
}

}  // namespace

TEST_CASE("agents: a refusal places again elsewhere and does not count as a failure") {
  World w;
  const auto p = place(w, w.spec(1));
  w.refuse(p.winner, p.attempt, RefusalReason::no_free_slot);
  const auto d = w.one<SendDispatch>();
  CHECK(d.link == p.other);
  CHECK(d.dispatch.attempt.number == 2);
  CHECK(d.placement.redispatch_reason == "refused");
  CHECK(w.none<FailRequest>());
}

TEST_CASE("agents: work handed back to its owner runs elsewhere, and no engine is blamed") {
  World w;
  const auto p = place(w, w.spec(1));
  w.finish(p.winner, p.attempt, Code::cancelled);
  const auto d = w.one<SendDispatch>();
  CHECK(d.link == p.other);
  CHECK(d.placement.redispatch_reason == "handed_back");
  w.finish(p.other, d.dispatch.attempt);
  CHECK(!w.none<CompleteRequest>());
  // It was not excluded for good: with the other one gone, it is the one to serve.
  w.report(p.winner);
  w.tell(AgentDown{p.other, "gone"});
  w.submit(2);
  CHECK(w.one<SendDispatch>().link == p.winner);
}

TEST_CASE("agents: work handed back again and again is not failed for want of attempts") {
  domain::CoordinatorPolicy policy;
  policy.attempts_max = 2;
  World w{policy};
  const auto link = w.agent("a", Tier::l0);
  w.submit(1);
  for (int i = 0; i < 5; ++i) {
    w.finish(link, w.one<SendDispatch>().dispatch.attempt, Code::cancelled);
    CHECK(w.none<SendDispatch>());  // it is not asked before it has reported
    CHECK(w.none<FailRequest>());
    w.report(link);
  }
  w.finish(link, w.one<SendDispatch>().dispatch.attempt);
  CHECK(!w.none<CompleteRequest>());
}

TEST_CASE("agents: work handed back with nobody else to run it waits for the owner to leave") {
  World w;
  const auto link = w.agent("a", Tier::l0);
  w.submit(1);
  const auto attempt = w.one<SendDispatch>().dispatch.attempt;
  auto busy = w.capacity(link, 1);
  busy.owner_present = true;
  w.tell(AgentSaid{link, busy});
  CHECK(w.node("a").state == "owner");
  w.finish(link, attempt, Code::cancelled);
  CHECK(w.none<SendDispatch>());
  CHECK(w.none<FailRequest>());
  w.report(link);  // he left
  CHECK(w.one<SendDispatch>().dispatch.attempt.number == 2);
}

TEST_CASE("agents: a begun answer handed back that cannot go on elsewhere ends typed") {
  World w;
  const auto p = place(w, w.spec(1));
  w.tell(Committed{p.attempt});
  w.finish(p.winner, p.attempt, Code::cancelled);
  const auto failed = w.one<FailRequest>();
  CHECK(failed.error.code == Code::upstream_failed);
  CHECK(failed.error.detail == "the machine's owner is back in the middle of the answer");
}

TEST_CASE("agents: who refused is asked again only after its next report") {
  World w;
  const auto link = w.agent("a", Tier::l1);
  w.submit(1);
  w.refuse(link, w.one<SendDispatch>().dispatch.attempt, RefusalReason::no_free_slot);
  CHECK(w.none<SendDispatch>());
  CHECK(w.queues().waiting == 1);
  w.report(link);
  CHECK(w.one<SendDispatch>().dispatch.attempt.number == 2);
}

TEST_CASE("agents: fifty refusals in a row end no request and loop nowhere") {
  World w;
  for (int i = 0; i < 50; ++i) w.agent("a" + std::to_string(i), Tier::l1);
  w.submit(1);
  int dispatches = 0;
  while (!w.none<SendDispatch>()) {
    const auto d = w.one<SendDispatch>();
    REQUIRE(++dispatches < 60);
    w.refuse(d.link, d.dispatch.attempt, RefusalReason::no_free_slot);
    CHECK(w.none<FailRequest>());
  }
  CHECK(dispatches == 17);  // then it waits for news instead of asking the rest
  CHECK(w.queues().waiting == 1);
  w.report(LinkId{1});
  CHECK(w.all<SendDispatch>().size() == 1);
}

TEST_CASE("agents: a refusal for good is not repeated by later reports") {
  World w;
  const auto link = w.agent("a", Tier::l1);
  w.submit(1);
  w.refuse(link, w.one<SendDispatch>().dispatch.attempt, RefusalReason::not_accepted);
  w.run(Millis{1'500}, {link});
  CHECK(w.none<SendDispatch>());
  w.run(Millis{1'000}, {link});
  CHECK(w.failure() == Code::no_capacity);
}

TEST_CASE("agents: the view in a refusal is believed") {
  World w;
  const auto link = w.agent("a", Tier::l1);
  w.submit(1);
  Refuse refuse{w.one<SendDispatch>().dispatch.attempt, RefusalReason::no_free_slot, {}};
  refuse.view = w.capacity(link, 3, 1).engines[0];
  w.tell(AgentSaid{link, refuse});
  CHECK(w.node("a").slots_used == 4);
  w.submit(2);
  CHECK(w.none<SendDispatch>());
}

TEST_CASE("agents: a failed attempt is tried elsewhere, and not on the same engine") {
  World w;
  const auto p = place(w, w.spec(1));
  w.finish(p.winner, p.attempt, Code::upstream_failed);
  const auto d = w.one<SendDispatch>();
  CHECK(d.link == p.other);
  CHECK(d.placement.redispatch_reason == "upstream_failed");
  w.finish(p.other, d.dispatch.attempt, Code::upstream_failed);
  CHECK(w.failure() == Code::upstream_failed);
  CHECK(w.one<FailRequest>().attempts == 2);
}

TEST_CASE("agents: the only engine that fails is a typed error at once") {
  World w;
  const auto link = w.agent("a", Tier::l1);
  w.submit(1);
  w.finish(link, w.one<SendDispatch>().dispatch.attempt, Code::upstream_failed);
  CHECK(w.failure() == Code::upstream_failed);
}

TEST_CASE("agents: a request is tried attempts_max times and no more") {
  World w;
  for (int i = 0; i < 5; ++i) w.agent("a" + std::to_string(i), Tier::l1);
  w.submit(1);
  int tries = 0;
  while (!w.none<SendDispatch>()) {
    ++tries;
    const auto d = w.one<SendDispatch>();
    w.finish(d.link, d.dispatch.attempt, Code::upstream_failed);
  }
  CHECK(tries == 3);
  CHECK(w.failure() == Code::upstream_failed);
}

TEST_CASE("agents: a retry waits for a busy machine") {
  World w;
  EngineSpec one;
  one.slots = 1;
  const auto p = place(w, w.spec(1), one);
  w.submit(2);  // takes the other one
  const auto second = w.one<SendDispatch>();
  CHECK(second.link == p.other);
  w.finish(p.winner, p.attempt, Code::upstream_failed);
  CHECK(w.none<SendDispatch>());
  CHECK(w.none<FailRequest>());
  w.finish(p.other, second.dispatch.attempt);
  CHECK(w.one<SendDispatch>().dispatch.attempt.request == RequestId{1});
}

TEST_CASE("agents: a failure after the first byte ends the request with one error") {
  World w;
  const auto p = place(w, w.spec(1));
  w.tell(Committed{p.attempt});
  w.finish(p.winner, p.attempt, Code::upstream_failed);
  CHECK(w.failure() == Code::upstream_failed);
  CHECK(w.none<SendDispatch>());
}

TEST_CASE("agents: an agent lost before the first byte costs nothing but a new attempt") {
  World w;
  const auto p = place(w, w.spec(1));
  w.tell(AgentDown{p.winner, "test"});
  const auto d = w.one<SendDispatch>();
  CHECK(d.link == p.other);
  CHECK(d.placement.redispatch_reason == "link_lost");
  CHECK(d.placement.attempt == 2);
  w.finish(p.winner, p.attempt);  // from the grave
  CHECK(w.out.empty());
}

TEST_CASE("agents: an agent lost after the first byte ends the request with one error") {
  World w;
  const auto p = place(w, w.spec(1));
  w.tell(Committed{p.attempt});
  w.tell(AgentDown{p.winner, "test"});
  w.tell(AgentDown{p.winner, "again"});
  CHECK(w.out.empty());
  w.run(Millis{2'950}, {p.other});
  CHECK(w.out.empty());
  w.run(Millis{100}, {p.other});
  CHECK(w.failure() == Code::upstream_failed);
  CHECK(w.queues().running == 0);
}

TEST_CASE("agents: one silent for two seconds gets no work, and what had no byte moves on") {
  World w;
  const auto p = place(w, w.spec(1));
  w.run(Millis{2'100}, {p.other});
  CHECK(w.one<SendCancel>().link == p.winner);
  CHECK(w.one<SendCancel>().cancel.reason == CancelReason::superseded);
  CHECK(w.one<SendDispatch>().link == p.other);
  CHECK(w.one<SendDispatch>().placement.redispatch_reason == "agent_silent");
  const auto moved = w.one<SendDispatch>().dispatch.attempt;
  CHECK(w.node(p.winner == LinkId{1} ? "a" : "b").state == "suspect");
  w.tell(AgentSaid{p.winner, Accept{p.attempt, 0}});  // late
  CHECK(w.one<SendCancel>().cancel.reason == CancelReason::superseded);
  w.report(p.winner);
  CHECK(w.node(p.winner == LinkId{1} ? "a" : "b").state == "up");
  w.finish(p.other, moved);
  CHECK(w.one<CompleteRequest>().request == RequestId{1});
}

TEST_CASE("agents: a begun stream stays with a silent agent") {
  World w;
  const auto p = place(w, w.spec(1));
  w.tell(Committed{p.attempt});
  w.run(Millis{4'000}, {p.other});
  CHECK(w.out.empty());
  w.finish(p.winner, p.attempt);
  CHECK(w.one<CompleteRequest>().request == RequestId{1});
}

TEST_CASE("agents: a report whose number stands still is no sign of life") {
  World w;
  const auto link = w.agent("a", Tier::l1);
  auto same = w.capacity(link);
  for (int i = 0; i < 30; ++i) {
    w.tell(AgentSaid{link, same});
    w.run(Millis{100});
  }
  CHECK(w.node("a").state == "suspect");
}

TEST_CASE("agents: nobody is suspected for the time in which the coordinator stood still") {
  World w;
  w.agent("a", Tier::l1);
  w.run(Millis{100});
  w.pass(Millis{10'000});
  w.tell(Tick{});
  CHECK(w.node("a").state == "up");
  w.run(Millis{2'100});
  CHECK(w.node("a").state == "suspect");
}

TEST_CASE("agents: a byte that reached the client of a given-up attempt ends the request") {
  World w;
  const auto p = place(w, w.spec(1));
  w.run(Millis{2'100}, {p.other});
  REQUIRE(w.all<SendDispatch>().size() == 1);
  w.tell(Committed{p.attempt});
  CHECK(w.failure() == Code::upstream_failed);
  CHECK(w.one<SendCancel>().link == p.other);
  CHECK(w.queues().running == 0);
}

TEST_CASE("agents: a newer link of the same name replaces the older one") {
  World w;
  const auto old = w.agent("a", Tier::l1);
  w.submit(1);
  const auto attempt = w.one<SendDispatch>().dispatch.attempt;
  const LinkId fresh{50};
  Hello hello;
  hello.attempts.push_back({attempt, 0});
  w.tell(AgentUp{fresh, {"c", "agent", "a", Tier::l1}, hello});
  CHECK(w.one<DropLink>().link == old);
  CHECK(w.one<SendCancel>().link == fresh);
  CHECK(w.one<SendCancel>().cancel.reason == CancelReason::unknown_attempt);
  w.tell(AgentSaid{fresh, weir::testing::inventory_of({})});
  w.tell(AgentSaid{fresh, w.capacity(old)});
  CHECK(w.queues().running == 1);  // placed again, on the new link
  w.tell(AgentDown{old, "replaced"});
  CHECK(w.out.empty());
  CHECK(w.node("a").state == "up");
}

TEST_CASE("agents: attempts that one runs for another coordinator are left alone") {
  World w;
  Hello hello;
  hello.attempts.push_back({{weir::testing::incarnation + 1, RequestId{3}, 1}, 0});
  w.tell(AgentUp{LinkId{1}, {"c", "agent", "gpu", Tier::l1}, hello});
  CHECK(w.all<SendCancel>().empty());
}

TEST_CASE("agents: a peer without a tier, or that is no agent, is dropped") {
  World w;
  w.tell(AgentUp{LinkId{1}, {"c", "agent", "x", {}}, {}});
  CHECK(w.one<DropLink>().link == LinkId{1});
  w.tell(AgentUp{LinkId{2}, {"c", "coordinator", "y", Tier::l1}, {}});
  CHECK(w.one<DropLink>().link == LinkId{2});
  CHECK(w.ask<FleetView>(Question::fleet).nodes.empty());
}

TEST_CASE("agents: a message that only a coordinator sends drops the link") {
  World w;
  const auto link = w.agent("a", Tier::l1);
  w.tell(AgentSaid{link, Dispatch{}});
  CHECK(w.one<DropLink>().link == link);
}

TEST_CASE("agents: messages about unknown attempts, or from another link, change nothing") {
  World w;
  const auto p = place(w, w.spec(1));
  w.finish(p.other, p.attempt);
  CHECK(w.out.empty());
  auto wrong = p.attempt;
  wrong.number = 9;
  w.finish(p.winner, wrong);
  w.refuse(p.winner, wrong, RefusalReason::no_free_slot);
  CHECK(w.out.empty());
  wrong = p.attempt;
  wrong.incarnation = 1;
  w.finish(p.winner, wrong);
  CHECK(w.out.empty());
  CHECK(w.queues().running == 1);
  w.tell(AgentSaid{p.other, Accept{p.attempt, 0}});
  CHECK(w.one<SendCancel>().link == p.other);
  w.tell(AgentSaid{LinkId{99}, Accept{p.attempt, 0}});
  CHECK(w.out.empty());
}

TEST_CASE("agents: a drained node gets no work until undrained, an unknown one is not found") {
  World w;
  const auto link = w.agent("a", Tier::l1);
  w.tell(DrainAsked{ReplyId{4}, "a", true});
  CHECK(w.one<SendDrain>().link == link);
  CHECK(w.one<SendDrain>().drain.on);
  CHECK(std::get<DrainAnswer>(w.one<Reply>().answer).draining);
  CHECK(w.node("a").state == "draining");
  w.submit(1);
  CHECK(w.none<SendDispatch>());
  w.tell(DrainAsked{ReplyId{5}, "a", false});
  CHECK(w.one<SendDispatch>().link == link);
  w.tell(DrainAsked{ReplyId{6}, "nobody", true});
  CHECK(std::holds_alternative<NotFound>(w.one<Reply>().answer));
  CHECK(w.none<SendDrain>());
}

TEST_CASE("agents: a cloud proxy takes waiting P2 work once no local machine can") {
  World w;
  EngineSpec one;
  one.slots = 1;
  const auto local = w.agent("local", Tier::l1, one);
  const auto cloud = w.agent("cloud", Tier::l2);
  w.submit(1);
  w.tell(Committed{w.one<SendDispatch>().dispatch.attempt});
  w.submit(2);
  w.report(cloud);
  CHECK(w.none<SendDispatch>());
  w.tell(AgentDown{local, "test"});
  w.report(cloud);
  CHECK(w.one<SendDispatch>().link == cloud);
}
