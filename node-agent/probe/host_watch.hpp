// Looks at the machine on a thread of its own: a graphics driver may take seconds to answer, or
// never do so, and links and engines must not wait for it.
#pragma once

#include "actors/ports/worker.hpp"
#include "schema/types/units.hpp"

#include <functional>
#include <memory>

namespace weir::probe {

/// What is looked at; HostProbe in the program.
struct HostLooks {
  std::function<HostFacts()> facts;
  std::function<HostLoad()> load;
};
/// Makes the looks, on the thread that looks: loading a driver's library may block as well.
using OpenLooks = std::function<HostLooks()>;
HostLooks open_host_probe();

/// Tells the worker the facts once, then the load, each time `every` after the last look ended.
class HostWatch {
 public:
  /// `worker` must outlive this.
  HostWatch(ports::Worker& worker, Millis every, OpenLooks open = open_host_probe);
  /// Nothing is told afterwards. A look under way is given a tenth of a second to end, then its
  /// thread is left to itself.
  ~HostWatch();
  HostWatch(const HostWatch&) = delete;
  HostWatch& operator=(const HostWatch&) = delete;

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace weir::probe
