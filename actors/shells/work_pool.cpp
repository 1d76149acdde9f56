#include "actors/shells/work_pool.hpp"

#include <spdlog/spdlog.h>
#include <caf/all.hpp>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

namespace weir::shells {

/// Something waits: one for each piece of work.
struct PoolWake {};

}  // namespace weir::shells

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(weir::shells::PoolWake)

namespace weir::shells {
namespace {

constexpr Millis last_work_max{2'000};

}  // namespace

class WorkPool::Impl {
 public:
  explicit Impl(std::size_t waiting_max) : waiting_max_{waiting_max} {}

  bool push(Work work, bool first) {
    std::size_t turn = 0;
    {
      const std::lock_guard lock{mutex_};
      if (!first && waiting_.size() >= waiting_max_) return false;
      if (first)
        waiting_.push_front(std::move(work));
      else
        waiting_.push_back(std::move(work));
      turn = turn_++;
    }
    caf::anon_send(actors_[turn % actors_.size()], PoolWake{});
    return true;
  }

  /// On an actor's thread.
  void work(TimePoint now) {
    Work next;
    {
      const std::lock_guard lock{mutex_};
      if (ended_ || waiting_.empty()) return;
      next = std::move(waiting_.front());
      waiting_.pop_front();
      ++running_;
    }
    try {
      next(now);
    } catch (const std::exception& e) {
      spdlog::critical("work failed: {}", e.what());
    }
    next = nullptr;
    const std::lock_guard lock{mutex_};
    --running_;
    idle_.notify_all();
  }

  void end() {
    std::deque<Work> dropped;
    std::unique_lock lock{mutex_};
    ended_ = true;
    dropped.swap(waiting_);
    idle_.wait_for(lock, last_work_max, [this] { return running_ == 0; });
  }

  std::vector<caf::actor> actors_;

 private:
  std::size_t waiting_max_;
  std::mutex mutex_;
  std::condition_variable idle_;
  std::deque<Work> waiting_;
  std::size_t running_ = 0;
  std::size_t turn_ = 0;
  bool ended_ = false;
};

WorkPool::WorkPool(caf::actor_system& system, std::size_t threads, std::size_t waiting_max)
    : impl_{std::make_shared<Impl>(waiting_max)} {
  for (std::size_t i = 0; i < threads; ++i)
    impl_->actors_.push_back(
        system.spawn<caf::detached>([impl = impl_](caf::event_based_actor* self) {
          return caf::behavior{[self, impl](PoolWake) { impl->work(self->clock().now()); }};
        }));
}

WorkPool::~WorkPool() {
  impl_->end();
  for (const auto& actor : impl_->actors_)
    caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
  impl_->actors_.clear();  // the actors hold impl_, and must not hold themselves
}

bool WorkPool::post(Work work) { return impl_->push(std::move(work), false); }

void WorkPool::post_first(Work work) { impl_->push(std::move(work), true); }

}  // namespace weir::shells
