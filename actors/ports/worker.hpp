// The agent edges' door to its worker, and the worker's door back.
#pragma once

#include "schema/types/worker.hpp"

#include <functional>
#include <vector>

namespace weir::ports {

/// Takes events inward. Any thread; never blocks; events of one caller keep their order.
class Worker {
 public:
  virtual ~Worker() = default;
  virtual void post(WorkerEvent event) = 0;
};

/// Carries out what the worker decided. Called on the io thread, in the order decided.
using ApplyWorkerEffects = std::function<void(std::vector<WorkerEffect>)>;

}  // namespace weir::ports
