#include "node-agent/probe/host_watch.hpp"
#include "tests/node-agent/probe/seen_worker.hpp"

#include <doctest/doctest.h>
#include <condition_variable>
#include <mutex>

using namespace weir;
using namespace weir::probe;

namespace {

/// A door that a look stands before until it is opened; shared, for the look may outlive the test.
struct Door {
  void pass() {
    std::unique_lock lock{mutex};
    waiting = true;
    changed.notify_all();
    changed.wait(lock, [this] { return open; });
    passed = true;
    changed.notify_all();
  }
  template <class Done>
  bool wait(Done done) {
    std::unique_lock lock{mutex};
    return changed.wait_for(lock, std::chrono::seconds(10), done);
  }
  void unlock() {
    const std::lock_guard lock{mutex};
    open = true;
    changed.notify_all();
  }

  std::mutex mutex;
  std::condition_variable changed;
  bool waiting = false, open = false, passed = false;
};

}  // namespace

TEST_CASE("host watch: the facts come once, the load again and again") {
  weir::test::SeenWorker worker;
  {
    const HostWatch watch{worker, Millis{1}};
    CHECK(worker.wait([&] { return worker.loads >= 3; }));
  }
  CHECK(worker.facts == 1);
  const int loads = worker.loads;
  CHECK(loads >= 3);
}

TEST_CASE("host watch: a driver that never answers holds up nobody, not even the end") {
  weir::test::SeenWorker worker;
  const auto door = std::make_shared<Door>();
  const auto began = std::chrono::steady_clock::now();
  {
    const HostWatch watch{worker, Millis{1}, [door] {
                            return HostLooks{[] { return HostFacts{}; },
                                             [door] {
                                               door->pass();
                                               return HostLoad{};
                                             }};
                          }};
    REQUIRE(door->wait([&] { return door->waiting; }));
    CHECK(worker.facts == 1);
  }
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(5));
  // It answers after all: nobody is there to be told.
  door->unlock();
  REQUIRE(door->wait([&] { return door->passed; }));
  CHECK(worker.loads == 0);
}
