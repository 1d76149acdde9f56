// A reload of the configuration while work waits and runs.
#include "tests/actors/domain/brain_world.hpp"

using namespace weir;
using weir::testing::EngineSpec;
using weir::testing::World;

namespace {

/// A world whose only slot is taken, with one P2 request waiting.
struct Busy : World {
  Busy() {
    link = agent("gpu", Tier::l1, {.slots = 1});
    submit(1);
    running = one<SendDispatch>().dispatch.attempt;
    submit(2);
  }
  LinkId link;
  AttemptId running;
};

}  // namespace

TEST_CASE("reconfigured: a tightened floor holds for what waits, too") {
  Busy w;
  BrainSettings settings;
  settings.grade_floors = {{"t", Grade::p0}};
  w.tell(Reconfigured{settings});
  CHECK(w.queues().classes.at(0).grade == Grade::p0);
  w.finish(w.link, w.running);
  CHECK(w.one<SendDispatch>().dispatch.grade == Grade::p0);
}

TEST_CASE("reconfigured: a lifted floor does not loosen the grade of what waits") {
  domain::CoordinatorPolicy policy;
  policy.grade_floors = {{"t", Grade::p1}};
  World w{policy};
  const auto link = w.agent("gpu", Tier::l1, {.slots = 1});
  w.submit(1);
  const auto running = w.one<SendDispatch>().dispatch.attempt;
  w.submit(2);
  w.tell(Reconfigured{});
  w.finish(link, running);
  CHECK(w.one<SendDispatch>().dispatch.grade == Grade::p1);
  w.submit(3);
  CHECK(w.queues().classes.at(0).grade == Grade::p2);
}

TEST_CASE("reconfigured: a new alias is served from then on, slots in use stay counted") {
  Busy w;
  BrainSettings settings;
  settings.models = {{"small", {"m"}, 0, 0}};
  w.tell(Reconfigured{settings});
  CHECK(w.none<SendDispatch>());
  CHECK(w.node("gpu").slots_used == 1);
  auto spec = w.spec(3);
  spec.model = "small";
  w.tell(Submitted{spec});
  CHECK(w.queues().waiting == 2);
  w.finish(w.link, w.running);
  const auto second = w.one<SendDispatch>().dispatch;
  CHECK(second.attempt.request == RequestId{2});
  w.finish(w.link, second.attempt);
  const auto third = w.one<SendDispatch>().dispatch;
  CHECK(third.attempt.request == RequestId{3});
  CHECK(third.model == "m");
}

TEST_CASE("reconfigured: what waits for an alias that is gone ends with a typed error") {
  domain::CoordinatorPolicy policy;
  policy.models = {{"small", {"m"}, 0, 0}};
  World w{policy};
  const auto link = w.agent("gpu", Tier::l1, {.slots = 1});
  w.submit(1);
  auto spec = w.spec(2);
  spec.model = "small";
  w.tell(Submitted{spec});
  w.tell(Reconfigured{});
  w.run(Millis{2'500}, {link});
  CHECK(w.one<FailRequest>().request == RequestId{2});
}
