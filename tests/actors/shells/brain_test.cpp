#include "actors/shells/brain.hpp"
#include "actors/shells/system.hpp"

#include <doctest/doctest.h>
#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <chrono>
#include <future>
#include <memory>
#include <string>

using namespace weir;

namespace {

/// CAF's scheduler for tests: one thread, virtual time.
class TestConfig : public caf::actor_system_config {
 public:
  TestConfig() { set("scheduler.policy", caf::atom("testing")); }
};

struct Stage {
  Stage() {
    system.await_actors_before_shutdown(false);
    brain = std::make_unique<shells::BrainShell>(
        system, domain::CoordinatorPolicy{}, 7, 1, metrics,
        [this](std::vector<BrainEffect> effects) { batches.push_back(std::move(effects)); });
    sched.run();
  }
  ~Stage() {
    brain.reset();
    sched.run();
  }
  void pass(Millis time) {
    for (Millis passed{0}; passed < time; passed += Millis{50}) {
      sched.advance_time(Millis{50});
      sched.run();
    }
  }
  template <class T>
  std::size_t count() const {
    std::size_t n = 0;
    for (const auto& batch : batches)
      for (const auto& effect : batch) n += std::holds_alternative<T>(effect) ? 1 : 0;
    return n;
  }

  TestConfig config;
  caf::actor_system system{config};
  caf::scheduler::test_coordinator& sched =
      dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  telemetry::Metrics metrics;
  std::vector<std::vector<BrainEffect>> batches;
  std::unique_ptr<shells::BrainShell> brain;
};

Submitted submitted(std::uint64_t id) {
  RequestSpec spec;
  spec.id = RequestId{id};
  spec.public_id = "req-" + std::to_string(id);
  spec.model = "m";
  spec.body_bytes = 1;
  spec.found = Detected::nothing();
  return Submitted{spec};
}

Inventory inventory() {
  Inventory inventory;
  EngineInventory engine;
  engine.engine = 1;
  engine.models.push_back({"m", "", "", 0, 0, 0, true});
  inventory.engines.push_back(engine);
  return inventory;
}

CapacityReport report() {
  CapacityReport report;
  report.number = 1;
  EngineLoad load;
  load.engine = 1;
  load.state = EngineState::up;
  load.slots_total = 4;
  report.engines.push_back(load);
  return report;
}

}  // namespace

TEST_CASE("brain: events posted together come back as one batch of effects, in order") {
  Stage s;
  s.brain->post(AgentUp{LinkId{1}, {"c", "agent", "gpu", Tier::l1}, {}});
  s.brain->post(AgentSaid{LinkId{1}, inventory()});
  s.brain->post(AgentSaid{LinkId{1}, report()});
  s.brain->post(submitted(1));
  s.brain->post(submitted(2));
  CHECK(s.batches.empty());
  s.sched.run();
  REQUIRE(s.batches.size() == 1);
  REQUIRE(s.batches[0].size() == 2);
  for (std::uint64_t i = 0; i < 2; ++i) {
    const auto* d = std::get_if<SendDispatch>(&s.batches[0][i]);
    REQUIRE(d != nullptr);
    CHECK(d->dispatch.attempt == AttemptId{7, RequestId{i + 1}, 1});
  }
}

TEST_CASE(
    "brain: with a loop to wait for, all events of one turn wake it once, at the turn's end") {
  Stage s;
  std::vector<std::function<void()>> turn;
  std::size_t batches = 0;
  shells::BrainShell brain{s.system,
                           {},
                           7,
                           1,
                           s.metrics,
                           [&](const std::vector<BrainEffect>&) { ++batches; },
                           [&](std::function<void()> call) { turn.push_back(std::move(call)); }};
  for (std::uint64_t i = 1; i <= 3; ++i) brain.post(Asked{ReplyId{i}, Question::explain, "req-x"});
  s.sched.run();
  CHECK(batches == 0);
  REQUIRE(turn.size() == 1);
  turn[0]();
  s.sched.run();
  CHECK(batches == 1);
}

TEST_CASE("brain: its own ticks end what waits in vain, on virtual time") {
  Stage s;
  s.brain->post(submitted(1));
  s.sched.run();
  s.pass(Millis{1'900});
  CHECK(s.count<FailRequest>() == 0);
  s.pass(Millis{200});
  CHECK(s.count<FailRequest>() == 1);
  s.pass(Millis{5'000});
  CHECK(s.count<FailRequest>() == 1);
}

TEST_CASE("brain: it observes the time of every placement and of nothing else") {
  Stage s;
  s.brain->post(submitted(1));
  s.brain->post(ClientGone{RequestId{1}});
  s.brain->post(submitted(2));
  s.sched.run();
  CHECK(s.metrics.render().find("weir_placement_seconds_count 2\n") != std::string::npos);
}

TEST_CASE("brain: destroyed with events on their way, it drops them and applies nothing more") {
  Stage s;
  s.brain->post(submitted(1));
  s.brain.reset();
  s.sched.run();
  s.pass(Millis{3'000});
  CHECK(s.count<FailRequest>() == 0);
}

TEST_CASE("brain: in a real actor system it answers and shuts down") {
  telemetry::Metrics metrics;
  std::promise<std::string> answered;
  {
    shells::System system{2};
    shells::BrainShell brain{system.get(), {}, 7, 1, metrics, [&](std::vector<BrainEffect> some) {
                               if (const auto* reply = std::get_if<Reply>(&some.at(0)))
                                 answered.set_value(std::get<NotFound>(reply->answer).what);
                             }};
    brain.post(Asked{ReplyId{1}, Question::explain, "req-x"});
    auto answer = answered.get_future();
    REQUIRE(answer.wait_for(std::chrono::seconds{20}) == std::future_status::ready);
    CHECK(answer.get() == "req-x");
  }
}
