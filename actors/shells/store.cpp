#include "actors/shells/store.hpp"

#include <spdlog/spdlog.h>
#include <caf/all.hpp>
#include <deque>
#include <future>
#include <mutex>
#include <utility>
#include <vector>

namespace weir::shells {

/// Something waits: look within flush_every.
struct StoreWake {};
/// Look now.
struct StoreFlush {};

}  // namespace weir::shells

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(weir::shells::StoreWake)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(weir::shells::StoreFlush)

namespace weir::shells {
namespace {

constexpr Millis last_flush_max{2'000};

struct Find {
  std::string public_id;
  StoreShell::Found found;
};

}  // namespace

class StoreShell::Impl {
 public:
  Impl(std::unique_ptr<ports::Store> store, prometheus::Counter& dropped, StoreLimits limits)
      : limits_{limits}, store_{std::move(store)}, dropped_{dropped} {}

  const StoreLimits& limits() const { return limits_; }

  void keep(Explanation explanation) {
    std::size_t waiting = 0;
    {
      const std::lock_guard lock{mutex_};
      if (records_.size() >= limits_.records_waiting_max) {
        records_.pop_front();
        dropped_.Increment();
      }
      records_.push_back(std::move(explanation));
      waiting = records_.size();
    }
    if (waiting == 1) caf::anon_send(actor_, StoreWake{});
    if (waiting == limits_.records_per_flush) caf::anon_send(actor_, StoreFlush{});
  }

  bool find(Find find) {
    {
      const std::lock_guard lock{mutex_};
      if (finds_.size() >= limits_.finds_waiting_max) return false;
      finds_.push_back(std::move(find));
    }
    caf::anon_send(actor_, StoreFlush{});
    return true;
  }

  /// On the actor's thread: writes all that waits, then answers.
  void work() {
    std::deque<Explanation> records;
    std::deque<Find> finds;
    {
      const std::lock_guard lock{mutex_};
      records.swap(records_);
      finds.swap(finds_);
    }
    if (!records.empty()) {
      const std::vector<Explanation> batch{std::make_move_iterator(records.begin()),
                                           std::make_move_iterator(records.end())};
      if (const auto written = store_->write(batch); !written) {
        dropped_.Increment(static_cast<double>(batch.size()));
        spdlog::error("decisions lost count={} why=\"{}\"", batch.size(), written.error().detail);
      }
    }
    for (auto& f : finds) f.found(store_->find(f.public_id));
  }

  caf::actor actor_;
  std::promise<void> ended_;

 private:
  StoreLimits limits_;
  std::unique_ptr<ports::Store> store_;
  prometheus::Counter& dropped_;
  std::mutex mutex_;
  std::deque<Explanation> records_;
  std::deque<Find> finds_;
};

StoreShell::StoreShell(caf::actor_system& system, std::unique_ptr<ports::Store> store,
                       telemetry::Metrics& metrics, StoreLimits limits) {
  auto& dropped = metrics.counter("weir_decisions_dropped_total",
                                  "Decisions that could not be written to the store");
  impl_ = std::make_shared<Impl>(std::move(store), dropped, limits);
  impl_->actor_ = system.spawn<caf::detached>([impl = impl_](caf::event_based_actor* self) {
    self->set_exit_handler([self, impl](caf::exit_msg& message) {
      impl->work();
      impl->ended_.set_value();
      self->quit(std::move(message.reason));
    });
    return caf::behavior{
        [self, impl](StoreWake) {
          self->delayed_send(self, impl->limits().flush_every, StoreFlush{});
        },
        [impl](StoreFlush) { impl->work(); },
    };
  });
}

StoreShell::~StoreShell() {
  auto ended = impl_->ended_.get_future();
  caf::anon_send_exit(impl_->actor_, caf::exit_reason::user_shutdown);
  if (ended.wait_for(last_flush_max) != std::future_status::ready)
    spdlog::error("the decision store did not finish in time");
  impl_->actor_ = nullptr;  // the actor holds impl_, and must not hold itself
}

void StoreShell::keep(Explanation explanation) { impl_->keep(std::move(explanation)); }

void StoreShell::find(std::string public_id, Found found) {
  if (!impl_->find({std::move(public_id), found}))
    found(Error{Code::queue_full, "too many look-ups are waiting"});
}

}  // namespace weir::shells
