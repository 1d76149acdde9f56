// What people can look at: the fleet, the queues, and why a request went where it went.
#include "actors/domain/coordinator.hpp"
#include "tests/actors/domain/brain_world.hpp"

#include <doctest/doctest.h>

using namespace weir;
using weir::testing::EngineSpec;
using weir::testing::World;

TEST_CASE("views: the fleet is in order of name, with states, models and slots") {
  domain::CoordinatorPolicy policy;
  policy.models = {{"small", {"m"}, 1, 0}};
  World w{policy};
  w.agent("zeta", Tier::l1);
  const auto ws = w.agent("alpha", Tier::l0);
  auto report = w.capacity(ws, 1);
  report.owner_present = true;
  w.tell(AgentSaid{ws, report});
  const auto view = w.ask<FleetView>(Question::fleet);
  REQUIRE(view.nodes.size() == 2);
  CHECK(view.nodes[0].name == "alpha");
  CHECK(view.nodes[0].state == "owner");
  CHECK(view.nodes[0].slots_used == 1);
  CHECK(view.nodes[0].slots_total == 4);
  CHECK(view.nodes[1].state == "up");
  CHECK(view.nodes[1].models == std::vector<std::string>{"m"});
  CHECK(view.aliases.at(0).alias == "small");
}

TEST_CASE("views: the queues show classes, and all is zero when all is done") {
  World w;
  EngineSpec one;
  one.slots = 1;
  const auto link = w.agent("a", Tier::l1, one);
  w.submit(1);
  auto attempt = w.one<SendDispatch>().dispatch.attempt;
  w.submit(2);
  w.pass(Millis{70});
  auto view = w.queues();
  CHECK(view.running == 1);
  CHECK(view.waiting == 1);
  CHECK(view.waiting_max == 4096);
  REQUIRE(view.classes.size() == 1);
  CHECK(view.classes[0].model == "m");
  CHECK(view.classes[0].oldest_ms == 70);
  w.finish(link, attempt);
  attempt = w.one<SendDispatch>().dispatch.attempt;
  w.finish(link, attempt);
  view = w.queues();
  CHECK(view.running + view.waiting == 0);
  CHECK(view.classes.empty());
  CHECK(w.node("a").slots_used == 0);
}

TEST_CASE("views: an explanation tells candidates, filters, score parts, attempts and usage") {
  World w;
  w.agent("good", Tier::l1);
  w.agent("cloud", Tier::l2);
  EngineSpec other;
  other.models = {"other"};
  w.agent("other", Tier::l0, other);
  auto spec = w.spec(1);
  spec.label = Grade::p0;
  w.tell(Submitted{spec});
  const auto d = w.one<SendDispatch>();
  auto e = w.ask<Explanation>(Question::explain, "req-1");
  CHECK(e.state == "running");
  w.finish(d.link, d.dispatch.attempt);
  const auto recorded = w.one<Record>().explanation;
  e = w.ask<Explanation>(Question::explain, "req-1");
  CHECK(e.request == recorded.request);
  CHECK(e.state == "done");
  CHECK(e.grade == Grade::p0);
  CHECK(e.grade_why == "label");
  CHECK(e.tenant == "t");
  REQUIRE(e.attempts.size() == 1);
  const auto& a = e.attempts[0];
  CHECK(a.number == 1);
  CHECK(a.node == "good");
  CHECK(a.outcome == "done");
  CHECK(!a.why.empty());
  CHECK(a.total_ms == 20);
  CHECK(a.usage.completion == Tokens{7});
  REQUIRE(a.candidates.size() == 3);
  CHECK(a.candidates[0].node == "good");
  CHECK(a.candidates[0].filtered == "");
  CHECK(a.candidates[0].score.safety == doctest::Approx(1.0));
  CHECK(a.candidates[0].score.total > 0.9);
  CHECK(a.candidates[1].filtered == "P0 never goes to L2");
  CHECK(a.candidates[2].filtered == "does not offer the model");
}

TEST_CASE("views: each attempt keeps its own outcome") {
  World w;
  w.agent("a", Tier::l1);
  w.agent("b", Tier::l1);
  w.submit(1);
  auto d = w.one<SendDispatch>();
  w.refuse(d.link, d.dispatch.attempt, RefusalReason::owner_present);
  d = w.one<SendDispatch>();
  w.tell(AgentDown{d.link, "test"});
  const auto e = w.ask<Explanation>(Question::explain, "req-1");
  REQUIRE(e.attempts.size() == 2);
  CHECK(e.attempts[0].outcome == "refused: owner_present");
  CHECK(e.attempts[1].outcome == "link lost");
  CHECK(e.state == "waiting");
}

TEST_CASE("views: a request that was never placed tells what stood in its way") {
  World w;
  const auto link = w.agent("cloud", Tier::l2);
  auto spec = w.spec(1);
  spec.label = Grade::p0;
  w.tell(Submitted{spec});
  w.run(Millis{2'100}, {link});
  const auto e = w.one<Record>().explanation;
  CHECK(e.state == "failed");
  CHECK(e.error == "grade_forbids_cloud");
  REQUIRE(e.attempts.size() == 1);
  CHECK(e.attempts[0].number == 0);
  REQUIRE(e.attempts[0].candidates.size() == 1);
  CHECK(e.attempts[0].candidates[0].filtered == "P0 never goes to L2");
}

TEST_CASE("views: at most 64 candidates are told, the chosen one among them") {
  World w;
  for (int i = 0; i < 100; ++i) w.agent("a" + std::to_string(i), Tier::l1);
  w.submit(1);
  const auto node = w.one<SendDispatch>().placement.node;
  const auto e = w.ask<Explanation>(Question::explain, "req-1");
  CHECK(e.attempts.at(0).candidates.size() == 64);
  CHECK(e.attempts[0].candidates[0].node == node);
}

TEST_CASE("views: the ring keeps explanations_max ended requests, the oldest goes first") {
  domain::CoordinatorPolicy policy;
  policy.explanations_max = 2;
  World w{policy};
  const auto link = w.agent("a", Tier::l1);
  for (std::uint64_t id = 1; id <= 3; ++id) {
    w.submit(id);
    w.finish(link, w.one<SendDispatch>().dispatch.attempt);
  }
  CHECK(w.ask<NotFound>(Question::explain, "req-1").what == "req-1");
  CHECK(w.ask<Explanation>(Question::explain, "req-2").state == "done");
  CHECK(w.ask<Explanation>(Question::explain, "req-3").state == "done");
  (void)w.ask<NotFound>(Question::explain, "never");
}

namespace {

Explanation suppose(World& w, const RequestSpec& spec) {
  w.tell(Supposed{ReplyId{99}, spec});
  return std::get<Explanation>(w.one<Reply>().answer);
}

}  // namespace

TEST_CASE("views: a supposed request is placed and graded, and nothing remembers it") {
  World w;
  w.agent("a", Tier::l1);
  w.agent("cloud", Tier::l2);
  auto s = w.spec(7);
  s.session = "s";
  s.found.grade = Grade::p0;
  s.found.counts[index_of(Sensitive::secret)] = 1;
  const auto e = suppose(w, s);
  CHECK(w.none<SendDispatch>());
  CHECK(e.state == "would run");
  CHECK(e.grade == Grade::p0);
  CHECK(e.grade_why == "detector");
  CHECK(e.found[index_of(Sensitive::secret)] == 1);
  REQUIRE(e.attempts.size() == 1);
  CHECK(e.attempts[0].node == "a");
  auto plain = w.spec(7);
  plain.session = "s";
  CHECK(suppose(w, plain).grade == Grade::p2);
  w.tell(Submitted{plain});
  CHECK(w.one<SendDispatch>().dispatch.grade == Grade::p2);
  CHECK(w.queues().running == 1);
}

TEST_CASE("views: a supposed request that nothing may serve would fail, and says why") {
  World w;
  w.agent("cloud", Tier::l2);
  auto s = w.spec(7);
  s.label = Grade::p0;
  const auto e = suppose(w, s);
  CHECK(e.state == "would fail");
  CHECK(e.error == "grade_forbids_cloud");
}
