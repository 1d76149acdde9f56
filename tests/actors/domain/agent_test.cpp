#include "tests/actors/domain/agent_world.hpp"

#include <doctest/doctest.h>
#include <map>
#include <random>
#include <set>

using namespace weir;
using namespace weir::domain;
using namespace weir::testing::agent;

TEST_CASE("agent: a new coordinator gets the inventory, then a report, at once") {
  World w;
  REQUIRE(w.last.size() >= 2);
  CHECK(std::holds_alternative<Inventory>(std::get<Say>(w.last[0]).message));
  CHECK(std::holds_alternative<CapacityReport>(std::get<Say>(w.last[1]).message));
}

TEST_CASE("agent: it accepts as many jobs as it has slots and refuses the next with its view") {
  World w;
  w.offer(dispatch(1));
  CHECK(w.accepted());
  w.offer(dispatch(2));
  CHECK(w.accepted());
  w.offer(dispatch(3));
  CHECK_FALSE(w.accepted());
  CHECK(w.refused() == RefusalReason::no_free_slot);
  CHECK(w.said<Refuse>()->view->slots_used == 2);
  w.end(1);
  w.offer(dispatch(3));
  CHECK(w.accepted());
}

TEST_CASE("agent: each reason to refuse is named") {
  AgentPolicy policy;
  policy.accept.p0 = false;
  policy.accept.tenants = {"eng"};
  World w{policy};
  w.offer(dispatch(1, Grade::p0));
  CHECK(w.refused() == RefusalReason::not_accepted);
  auto other = dispatch(1);
  other.tenant = "finance";
  w.offer(other);
  CHECK(w.refused() == RefusalReason::not_accepted);
  auto unknown = dispatch(1);
  unknown.engine = 5;
  w.offer(unknown);
  CHECK(w.refused() == RefusalReason::unknown_engine);
  w.offer(dispatch(1));
  w.offer(dispatch(1));
  CHECK(w.refused() == RefusalReason::duplicate);
  auto down = snapshot();
  down.state = EngineState::down;
  w.tell(EngineObserved{down});
  w.offer(dispatch(2));
  CHECK(w.refused() == RefusalReason::engine_down);
  w.tell(CoordinatorSaid{coordinator_link, Drain{true}});
  w.offer(dispatch(2));
  CHECK(w.refused() == RefusalReason::draining);
  w.tell(EngineObserved{snapshot()});
  w.tell(CoordinatorSaid{coordinator_link, Drain{false}});
  w.offer(dispatch(2));
  CHECK(w.accepted());
}

/// With a clearance that says what the order says.
Dispatch cleared(std::uint64_t request, Grade grade = Grade::p2) {
  auto d = dispatch(request, grade);
  d.clearance.emplace();
  d.clearance->terms.attempt = d.attempt;
  d.clearance->terms.model = d.model;
  d.clearance->terms.bytes = d.body_bytes;
  d.clearance->terms.grade = grade;
  return d;
}

TEST_CASE("agent: a cloud proxy refuses P0, P1 that nobody desensitised, and the uncleared") {
  AgentPolicy policy;
  policy.tier = Tier::l2;
  World w{policy};
  for (const auto grade : {Grade::p0, Grade::p1}) {
    w.offer(cleared(1, grade));
    CHECK(w.refused() == RefusalReason::grade_forbidden);
  }
  w.offer(dispatch(1, Grade::p2));
  CHECK(w.refused() == RefusalReason::not_cleared);
  auto other = cleared(1);
  other.clearance->terms.attempt = attempt(2);
  w.offer(other);
  CHECK(w.refused() == RefusalReason::not_cleared);
  other = cleared(1);
  other.clearance->terms.model = "n";
  w.offer(other);
  CHECK(w.refused() == RefusalReason::not_cleared);
  w.offer(cleared(1));
  CHECK(w.accepted());
  auto clean = cleared(2, Grade::p1);
  clean.clearance->terms.desensitised = true;
  w.offer(clean);
  CHECK(w.accepted());
}

TEST_CASE("agent: a machine of our own asks for no clearance") {
  World w;
  w.offer(dispatch(1, Grade::p0));
  CHECK(w.accepted());
}

TEST_CASE("agent: a cancel stops a running job once and its slot is free at its end") {
  World w;
  w.offer(dispatch(1));
  w.tell(CoordinatorSaid{coordinator_link, Cancel{attempt(1), CancelReason::deadline}});
  CHECK(w.count<StopJob>() == 1);
  w.tell(CoordinatorSaid{coordinator_link, Cancel{attempt(1), CancelReason::deadline}});
  CHECK(w.count<StopJob>() == 0);
  CHECK(w.heartbeat().slots_used == 1);
  w.end(1);
  CHECK(w.heartbeat().slots_used == 0);
  w.end(1);  // a second end changes nothing
  CHECK(w.heartbeat().slots_used == 0);
  w.tell(CoordinatorSaid{coordinator_link, Cancel{attempt(9), CancelReason::deadline}});
  CHECK(w.count<StopJob>() == 0);
}

TEST_CASE("agent: a coordinator goes for good: its jobs stop after 3 s, those of another go on") {
  World w;
  w.tell(CoordinatorUp{LinkId{2}, 8, "c2"});
  w.offer(dispatch(1));
  auto other = dispatch(2);
  other.attempt.incarnation = 8;
  w.tell(CoordinatorSaid{LinkId{2}, other});
  CHECK(w.accepted());
  w.tell(CoordinatorDown{coordinator_link});
  CHECK(w.count<StopJob>() == 0);
  w.tell(WorkerTick{}, Millis{2'900});
  CHECK(w.count<StopJob>() == 0);
  w.tell(WorkerTick{}, Millis{200});
  REQUIRE(w.count<StopJob>() == 1);
  for (const auto& e : w.last)
    if (const auto* stop = std::get_if<StopJob>(&e)) CHECK(stop->attempt == attempt(1));
}

TEST_CASE("agent: a coordinator is back and resumes: the job goes on as its own") {
  World w;
  w.offer(dispatch(1));
  w.tell(CoordinatorDown{coordinator_link});
  w.tell(CoordinatorUp{LinkId{9}, 7, "c1"}, Millis{1'000});
  CHECK(w.count<StopJob>() == 0);
  w.tell(CoordinatorSaid{LinkId{9}, Resume{attempt(1), 0, 0}});
  w.tell(WorkerTick{}, Millis{5'000});
  CHECK(w.count<StopJob>() == 0);
  w.tell(CoordinatorSaid{LinkId{9}, Cancel{attempt(1), CancelReason::client_gone}});
  CHECK(w.count<StopJob>() == 1);
}

TEST_CASE("agent: a coordinator is back and cancels what it placed elsewhere meanwhile") {
  World w;
  w.offer(dispatch(1));
  w.tell(CoordinatorDown{coordinator_link});
  w.tell(CoordinatorUp{LinkId{9}, 7, "c1"});
  w.tell(CoordinatorSaid{LinkId{9}, Cancel{attempt(1), CancelReason::unknown_attempt}});
  CHECK(w.count<StopJob>() == 1);
}

TEST_CASE("agent: a coordinator that started anew ends the jobs of its former life") {
  World w;
  w.offer(dispatch(1));
  w.tell(CoordinatorDown{coordinator_link});
  w.tell(CoordinatorUp{LinkId{9}, 8, "another"});
  CHECK(w.count<StopJob>() == 0);
  w.tell(CoordinatorUp{LinkId{10}, 9, "c1"});
  CHECK(w.count<StopJob>() == 1);
}

TEST_CASE("agent: another coordinator of the same name leaves the first one's jobs alone") {
  World w;
  w.offer(dispatch(1));
  w.tell(CoordinatorUp{LinkId{9}, 8, "c1"});
  CHECK(w.count<StopJob>() == 0);
}

TEST_CASE("agent: nobody resumes another coordinator's job") {
  World w;
  w.offer(dispatch(1));
  w.tell(CoordinatorUp{LinkId{2}, 8, "c2"});
  w.tell(CoordinatorDown{coordinator_link});
  w.tell(CoordinatorSaid{LinkId{2}, Resume{attempt(1), 0, 0}});
  w.tell(WorkerTick{}, Millis{3'100});
  CHECK(w.count<StopJob>() == 1);
}

TEST_CASE("agent: a coordinator can cancel its own jobs and nobody else's") {
  World w;
  w.offer(dispatch(1));
  w.tell(CoordinatorUp{LinkId{2}, 8, "c2"});
  w.tell(CoordinatorSaid{LinkId{2}, Cancel{attempt(1), CancelReason::unknown_attempt}});
  CHECK(w.count<StopJob>() == 0);
  w.tell(CoordinatorSaid{coordinator_link, Cancel{attempt(1), CancelReason::client_gone}});
  CHECK(w.count<StopJob>() == 1);
}

TEST_CASE("agent: a job in another coordinator's name is refused at once") {
  World w;
  w.tell(CoordinatorUp{LinkId{2}, 8, "c2"});
  w.tell(CoordinatorSaid{LinkId{2}, dispatch(1)});
  CHECK_FALSE(w.accepted());
  CHECK(w.refused() == RefusalReason::not_accepted);
  w.offer(dispatch(1));
  CHECK(w.accepted());
}

TEST_CASE("agent: what others run on the engine takes slots, our own late counts do not") {
  World w;
  auto seen = snapshot(4);
  seen.counts_running = true;
  seen.running = 2;
  w.tell(EngineObserved{seen});
  CHECK(w.heartbeat().slots_foreign == 2);
  // One of ours begins; the engine's figure may or may not show it yet.
  w.offer(dispatch(1));
  seen.running = 3;
  w.tell(EngineObserved{seen});
  CHECK(w.heartbeat().slots_foreign == 2);
  seen.running = 2;  // older than our job
  w.tell(EngineObserved{seen});
  CHECK(w.heartbeat().slots_foreign == 1);
  // Ours ended, the figure still shows it: nobody else's.
  seen.running = 1;
  w.tell(EngineObserved{seen});
  w.end(1);
  w.tell(EngineObserved{seen});
  CHECK(w.heartbeat().slots_foreign == 0);
  w.tell(EngineObserved{seen});
  CHECK(w.heartbeat().slots_foreign == 1);  // now it must be somebody else's
}

TEST_CASE("agent: a change is published at most once a gap, and a heartbeat comes without one") {
  World w;
  (void)w.heartbeat();
  w.tell(CoordinatorSaid{coordinator_link, dispatch(1)}, Millis{100});
  CHECK(w.said<CapacityReport>());  // the gap is over
  w.offer(dispatch(2));
  CHECK_FALSE(w.said<CapacityReport>());
  w.tell(WorkerTick{}, Millis{50});
  CHECK_FALSE(w.said<CapacityReport>());
  w.tell(WorkerTick{}, Millis{50});
  const auto changed = w.said<CapacityReport>();
  REQUIRE(changed);
  CHECK(changed->engines[0].slots_used == 2);
  w.tell(HostLoadObserved{{900, 1, 0}}, Millis{200});
  CHECK_FALSE(w.said<CapacityReport>());  // a busy processor alone waits for the heartbeat
  w.tell(WorkerTick{}, Millis{300});
  const auto beat = w.said<CapacityReport>();
  REQUIRE(beat);
  CHECK(beat->number == changed->number + 1);
  CHECK(beat->cpu_used_permille == 900);
}

TEST_CASE("agent: the inventory is told again when models change, and only then") {
  World w;
  w.tell(EngineObserved{snapshot()});
  CHECK_FALSE(w.said<Inventory>());
  auto more = snapshot();
  more.models.push_back({"n", "", "", 0, 0, 0, true});
  w.tell(EngineObserved{more}, Millis{100});
  REQUIRE(w.said<Inventory>());
  CHECK(w.said<Inventory>()->engines[0].models.size() == 2);
  std::swap(more.models[0], more.models[1]);
  w.tell(EngineObserved{more}, Millis{100});
  CHECK_FALSE(w.said<Inventory>());  // the order is no change
}

TEST_CASE("agent: a model list that flickers is told once a gap, as it is then") {
  World w;
  auto more = snapshot();
  int told = 0;
  for (int i = 0; i < 95; ++i) {
    more.models[0].id = "m" + std::to_string(i);
    w.tell(EngineObserved{more}, Millis{10});
    told += w.said<Inventory>() ? 1 : 0;
  }
  CHECK(told == 9);
  w.tell(WorkerTick{}, Millis{100});
  REQUIRE(w.said<Inventory>());
  CHECK(w.said<Inventory>()->engines[0].models[0].id == "m94");
  w.tell(WorkerTick{}, Millis{100});
  CHECK_FALSE(w.said<Inventory>());
}

TEST_CASE("agent: an inventory over its limit is cut, and what is left out is said once") {
  World w;
  auto many = snapshot();
  many.models.assign(4'000, {std::string(200, 'x'), "", "", 0, 0, 0, true});
  w.tell(EngineObserved{many}, Millis{100});
  const auto told = w.said<Inventory>();
  REQUIRE(told);
  CHECK(told->engines[0].models.size() < 4'000);
  CHECK(w.count<InventoryCut>() == 1);
  for (const auto& e : w.last)
    if (const auto* cut = std::get_if<InventoryCut>(&e))
      CHECK(cut->models == 4'000 - told->engines[0].models.size());
  w.tell(CoordinatorUp{LinkId{2}, 8, "c2"}, Millis{100});
  CHECK(w.said<Inventory>());
  CHECK(w.count<InventoryCut>() == 0);
}

TEST_CASE("agent: rates are learned from good jobs, and one odd job moves them little") {
  World w;
  for (std::uint64_t i = 1; i <= 20; ++i) {
    w.offer(dispatch(i));
    w.end(i);
  }
  CHECK(w.heartbeat().prefill_tokens_per_s == 1'000);
  CHECK(w.heartbeat().decode_tokens_per_s == 10);
  w.offer(dispatch(30));
  w.tell(JobEnded{attempt(30), {Tokens{1'000'000}, Tokens{2}}, {1, 2}, false});
  CHECK(w.heartbeat().prefill_tokens_per_s < 2'000);
  const auto before = w.heartbeat().decode_tokens_per_s;
  w.offer(dispatch(31));
  w.tell(JobEnded{attempt(31), {Tokens{9}, Tokens{9'000}}, {1, 2}, true});
  CHECK(w.heartbeat().decode_tokens_per_s == before);
}

TEST_CASE("agent: stopping refuses new work and says so once nothing runs") {
  World w;
  w.offer(dispatch(1));
  w.tell(WorkerStop{}, Millis{200});
  CHECK(w.count<Drained>() == 0);
  CHECK(w.said<CapacityReport>()->draining);
  w.offer(dispatch(2));
  CHECK(w.refused() == RefusalReason::draining);
  w.end(1);
  CHECK(w.count<Drained>() == 1);
  w.tell(WorkerTick{});
  CHECK(w.count<Drained>() == 0);
}

TEST_CASE("agent: property, slots used are the jobs that run, and every dispatch has one answer") {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    std::mt19937 random{seed};
    World w;
    std::set<std::uint64_t> running;
    std::uint64_t next = 1;
    for (int step = 0; step < 300; ++step) {
      switch (random() % 6) {
        case 0:
        case 1: {
          w.offer(dispatch(next));
          REQUIRE(w.count<AcceptJob>() + (w.said<Refuse>() ? 1U : 0U) == 1);
          CHECK(w.accepted() == (running.size() < 2));
          if (w.accepted()) running.insert(next);
          ++next;
          break;
        }
        case 2:
          if (!running.empty()) {
            w.end(*running.begin());
            running.erase(running.begin());
          }
          break;
        case 3:
          w.tell(CoordinatorSaid{coordinator_link,
                                 Cancel{attempt(random() % next + 1), CancelReason::deadline}});
          break;
        case 4:
          w.tell(EngineObserved{snapshot()});
          break;
        default:
          CHECK(w.heartbeat().slots_used == running.size());
      }
    }
  }
}
