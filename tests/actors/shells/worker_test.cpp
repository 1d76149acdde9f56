#include "actors/shells/worker.hpp"
#include "actors/shells/system.hpp"

#include <doctest/doctest.h>
#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <condition_variable>
#include <mutex>

using namespace weir;

namespace {

struct TestConfig : caf::actor_system_config {
  TestConfig() { set("scheduler.policy", caf::atom("testing")); }
};

/// A worker under virtual time.
struct World {
  World() {
    system.await_actors_before_shutdown(false);
    worker = std::make_unique<shells::WorkerShell>(system, domain::AgentPolicy{},
                                                   [this](std::vector<WorkerEffect> some) {
                                                     ++batches;
                                                     for (auto& e : some)
                                                       effects.push_back(std::move(e));
                                                   });
  }
  ~World() {
    worker.reset();
    scheduler.run();
  }
  void run_for(Millis total) {
    scheduler.run();
    for (Millis t{0}; t < total; t += Millis{50}) {
      scheduler.advance_time(Millis{50});
      scheduler.run();
    }
  }
  std::size_t reports() const {
    std::size_t n = 0;
    for (const auto& e : effects)
      if (const auto* say = std::get_if<Say>(&e))
        n += std::holds_alternative<CapacityReport>(say->message) ? 1 : 0;
    return n;
  }

  TestConfig config;
  caf::actor_system system{config};
  caf::scheduler::test_coordinator& scheduler =
      dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  std::size_t batches = 0;
  std::vector<WorkerEffect> effects;
  std::unique_ptr<shells::WorkerShell> worker;
};

}  // namespace

TEST_CASE("worker: a burst of events is one batch, applied in order") {
  World w;
  w.worker->post(CoordinatorUp{LinkId{1}, 7, "c"});
  w.worker->post(EngineObserved{});
  w.worker->post(WorkerStop{});
  CHECK(w.effects.empty());
  w.scheduler.run();
  CHECK(w.batches == 1);
  REQUIRE(w.effects.size() >= 3);
  CHECK(std::holds_alternative<Inventory>(std::get<Say>(w.effects.front()).message));
  CHECK(std::holds_alternative<Drained>(w.effects.back()));
}

TEST_CASE("worker: its own tick sends heartbeats, two a second") {
  World w;
  w.worker->post(CoordinatorUp{LinkId{1}, 7, "c"});
  w.run_for(Millis{10'000});
  CHECK(w.reports() >= 19);
  CHECK(w.reports() <= 23);
}

TEST_CASE("worker: a real actor system runs it, and ends while events are on their way") {
  std::mutex mutex;
  std::condition_variable changed;
  bool drained = false;
  {
    shells::System system{1};
    shells::WorkerShell worker{system.get(), {}, [&](std::vector<WorkerEffect> effects) {
                                 const std::lock_guard lock{mutex};
                                 for (const auto& e : effects)
                                   drained = drained || std::holds_alternative<Drained>(e);
                                 changed.notify_all();
                               }};
    worker.post(WorkerStop{});
    std::unique_lock lock{mutex};
    CHECK(changed.wait_for(lock, std::chrono::seconds(10), [&] { return drained; }));
    lock.unlock();
    for (int i = 0; i < 1'000; ++i) worker.post(WorkerTick{});
  }
  CHECK(drained);
}
