// Threads for work that must keep neither the brain nor the io loop waiting: detached actors that
// share one bounded queue.
#pragma once

#include "schema/types/units.hpp"

#include <cstddef>
#include <functional>
#include <memory>

namespace caf {
class actor_system;
}

namespace weir::shells {

/// post() may be called from any thread and never blocks. What waits when the pool ends is
/// dropped; the destructor waits for what runs, at most 2 s.
class WorkPool {
 public:
  using Work = std::function<void(TimePoint now)>;

  WorkPool(caf::actor_system& system, std::size_t threads, std::size_t waiting_max);
  ~WorkPool();
  WorkPool(const WorkPool&) = delete;
  WorkPool& operator=(const WorkPool&) = delete;

  /// In the order posted, on any of the threads. returns  false: too much waits, and `work` is
  /// gone.
  bool post(Work work);
  /// Goes before all that waits, however much that is.
  void post_first(Work work);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace weir::shells
