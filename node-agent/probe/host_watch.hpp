// Tells the worker what this machine is and how busy it is.
#pragma once

#include "node-agent/probe/look_thread.hpp"

#include <functional>

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

 private:
  LookThread thread_;
};

}  // namespace weir::probe
