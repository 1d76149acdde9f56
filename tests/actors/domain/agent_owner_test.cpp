// A workstation whose owner comes and goes, and what he agrees to run.
#include "tests/actors/domain/agent_world.hpp"

#include <doctest/doctest.h>
#include <utility>

using namespace weir;
using namespace weir::domain;
using namespace weir::testing::agent;

namespace {

AgentPolicy workstation(Millis grace = Millis{2'000}) {
  AgentPolicy policy;
  policy.tier = Tier::l0;
  policy.owner_grace = grace;
  return policy;
}

/// The attempts that were stopped for the owner's sake.
std::vector<AttemptId> handed_back(const World& w) {
  std::vector<AttemptId> stopped;
  for (const auto& e : w.last)
    if (const auto* s = std::get_if<StopJob>(&e); s && s->reason == CancelReason::owner_back)
      stopped.push_back(s->attempt);
  return stopped;
}

}  // namespace

TEST_CASE("agent: its owner is back: no new work at once, and coordinators are told") {
  World w{workstation()};
  w.tell(WorkerTick{}, Millis{200});
  w.tell(OwnerObserved{true}, Millis{200});
  REQUIRE(w.said<CapacityReport>());
  CHECK(w.said<CapacityReport>()->owner_present);
  w.offer(dispatch(1));
  CHECK(w.refused() == RefusalReason::owner_present);
}

TEST_CASE("agent: its owner is back: work that runs may end within the grace") {
  World w{workstation()};
  w.offer(dispatch(1));
  w.tell(OwnerObserved{true});
  w.tell(WorkerTick{}, Millis{1'950});
  CHECK(handed_back(w).empty());
  w.end(1);
  w.tell(WorkerTick{}, Millis{5'000});
  CHECK(handed_back(w).empty());
}

TEST_CASE("agent: its owner is back: what outlasts the grace is handed back, once") {
  World w{workstation()};
  w.offer(dispatch(1));
  w.offer(dispatch(2));
  w.tell(OwnerObserved{true});
  w.tell(WorkerTick{}, Millis{1'000});
  w.end(1);
  w.tell(OwnerObserved{true}, Millis{500});  // no news, no new grace
  w.tell(WorkerTick{}, Millis{500});
  CHECK(handed_back(w) == std::vector{attempt(2)});
  w.tell(WorkerTick{}, Millis{500});
  CHECK(handed_back(w).empty());
  CHECK(w.heartbeat().slots_used == 1);  // until the engine let go of it
  w.end(2);
  CHECK(w.heartbeat().slots_used == 0);
  CHECK(w.heartbeat().decode_tokens_per_s == 10);  // learned from the one that ended by itself
}

TEST_CASE("agent: without grace, what runs is handed back the moment its owner is back") {
  World w{workstation(Millis{0})};
  w.offer(dispatch(1));
  w.tell(OwnerObserved{true});
  CHECK(handed_back(w) == std::vector{attempt(1)});
}

TEST_CASE("agent: its owner leaves: work is taken again, and what had its grace goes on") {
  World w{workstation()};
  w.offer(dispatch(1));
  w.tell(OwnerObserved{true}, Millis{200});
  w.tell(OwnerObserved{false}, Millis{1'000});
  REQUIRE(w.said<CapacityReport>());
  CHECK_FALSE(w.said<CapacityReport>()->owner_present);
  w.tell(WorkerTick{}, Millis{5'000});
  CHECK(handed_back(w).empty());
  w.offer(dispatch(2));
  CHECK(w.accepted());
}

TEST_CASE("agent: a cancelled job is not handed back as well") {
  World w{workstation()};
  w.offer(dispatch(1));
  w.tell(CoordinatorSaid{coordinator_link, Cancel{attempt(1), CancelReason::client_gone}});
  w.tell(OwnerObserved{true});
  w.tell(WorkerTick{}, Millis{3'000});
  CHECK(handed_back(w).empty());
}

TEST_CASE("agent: what its owner does not accept is refused, whatever a coordinator planned") {
  // A workstation's factory value: no P0, since that would be other tenants' secrets.
  auto policy = workstation();
  policy.accept.p0 = false;
  World factory{policy};
  factory.offer(dispatch(1, Grade::p0));
  CHECK(factory.refused() == RefusalReason::not_accepted);
  for (const auto& [number, grade] : {std::pair{1U, Grade::p1}, std::pair{2U, Grade::p2}}) {
    factory.offer(dispatch(number, grade));
    CHECK(factory.accepted());
  }
  // An owner who agrees to P0, of one tenant.
  auto own = workstation();
  own.accept.tenants = {"eng"};
  World w{own};
  auto other = dispatch(1, Grade::p0);
  other.tenant = "finance";
  w.offer(other);
  CHECK(w.refused() == RefusalReason::not_accepted);
  w.offer(dispatch(2, Grade::p0));
  CHECK(w.accepted());
}
