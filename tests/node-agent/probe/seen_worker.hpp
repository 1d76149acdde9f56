// A worker that notes what it is told, for tests that wait for it.
#pragma once

#include "actors/ports/worker.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <vector>

namespace weir::test {

struct SeenWorker : ports::Worker {
  void post(WorkerEvent event) override {
    const std::lock_guard lock{mutex};
    facts += std::holds_alternative<HostFactsObserved>(event) ? 1 : 0;
    loads += std::holds_alternative<HostLoadObserved>(event) ? 1 : 0;
    if (const auto* owner = std::get_if<OwnerObserved>(&event)) present.push_back(owner->present);
    changed.notify_all();
  }
  bool wait(const std::function<bool()>& done) {
    std::unique_lock lock{mutex};
    return changed.wait_for(lock, std::chrono::seconds(10), done);
  }

  std::mutex mutex;
  std::condition_variable changed;
  int facts = 0, loads = 0;
  std::vector<bool> present;
};

}  // namespace weir::test
