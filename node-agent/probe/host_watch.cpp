#include "node-agent/probe/host_watch.hpp"

#include "node-agent/probe/host_probe.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace weir::probe {
namespace {

constexpr Millis goodbye_max{100};

}  // namespace

/// Outlives the watch where its thread is stuck.
struct HostWatch::Shared {
  std::mutex mutex;
  std::condition_variable changed;
  ports::Worker* worker = nullptr;  ///< null: the watch is gone
  bool ended = false;               ///< the thread looks no more

  /// returns  whether to go on.
  bool tell(WorkerEvent event) {
    const std::lock_guard lock{mutex};
    if (worker != nullptr) worker->post(std::move(event));
    return worker != nullptr;
  }

  /// returns  whether to go on.
  bool wait(Millis time) {
    std::unique_lock lock{mutex};
    return !changed.wait_for(lock, time, [this] { return worker == nullptr; });
  }

  void look(Millis every, const OpenLooks& open) {
    const auto looks = open();
    if (!tell(HostFactsObserved{looks.facts()})) return;
    while (tell(HostLoadObserved{looks.load()}) && wait(every)) {}
  }
};

HostLooks open_host_probe() {
  const auto probe = std::make_shared<HostProbe>();
  return {[probe] { return probe->facts(); }, [probe] { return probe->load(); }};
}

HostWatch::HostWatch(ports::Worker& worker, Millis every, OpenLooks open)
    : shared_{std::make_shared<Shared>()} {
  shared_->worker = &worker;
  std::thread{[shared = shared_, every, open = std::move(open)] {
    shared->look(every, open);
    const std::lock_guard lock{shared->mutex};
    shared->ended = true;
    shared->changed.notify_all();
  }}.detach();
}

HostWatch::~HostWatch() {
  std::unique_lock lock{shared_->mutex};
  shared_->worker = nullptr;
  shared_->changed.notify_all();
  shared_->changed.wait_for(lock, goodbye_max, [this] { return shared_->ended; });
}

}  // namespace weir::probe
