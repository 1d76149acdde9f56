#include "node-agent/probe/look_thread.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace weir::probe {
namespace {

constexpr Millis goodbye_max{100};

}  // namespace

/// Outlives the owner where its thread is stuck.
struct LookThread::Shared final : Looker {
  std::mutex mutex;
  std::condition_variable changed;
  ports::Worker* worker = nullptr;  ///< null: the owner is gone
  bool ended = false;               ///< the thread looks no more

  bool tell(WorkerEvent event) override {
    const std::lock_guard lock{mutex};
    if (worker != nullptr) worker->post(std::move(event));
    return worker != nullptr;
  }

  bool wait(Millis time) override {
    std::unique_lock lock{mutex};
    return !changed.wait_for(lock, time, [this] { return worker == nullptr; });
  }
};

LookThread::LookThread(ports::Worker& worker, std::function<void(Looker&)> look)
    : shared_{std::make_shared<Shared>()} {
  shared_->worker = &worker;
  std::thread{[shared = shared_, look = std::move(look)] {
    look(*shared);
    const std::lock_guard lock{shared->mutex};
    shared->ended = true;
    shared->changed.notify_all();
  }}.detach();
}

LookThread::~LookThread() {
  std::unique_lock lock{shared_->mutex};
  shared_->worker = nullptr;
  shared_->changed.notify_all();
  shared_->changed.wait_for(lock, goodbye_max, [this] { return shared_->ended; });
}

}  // namespace weir::probe
