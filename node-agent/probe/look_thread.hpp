// A thread that looks at the machine and tells the worker: a driver or a bus may take seconds to
// answer, or never do so, and links and engines must not wait for it.
#pragma once

#include "actors/ports/worker.hpp"
#include "schema/types/units.hpp"

#include <functional>
#include <memory>

namespace weir::probe {

/// What the thread's function may do. Both return whether to go on: false, the owner is gone.
class Looker {
 public:
  virtual ~Looker() = default;
  virtual bool tell(WorkerEvent event) = 0;
  virtual bool wait(Millis time) = 0;
};

class LookThread {
 public:
  /// `worker` must outlive this; `look` may hold on to nothing of its owner's.
  LookThread(ports::Worker& worker, std::function<void(Looker&)> look);
  /// Nothing is told afterwards. A look under way is given a tenth of a second to end, then its
  /// thread is left to itself.
  ~LookThread();
  LookThread(const LookThread&) = delete;
  LookThread& operator=(const LookThread&) = delete;

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace weir::probe
