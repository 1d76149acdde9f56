// The actor system of a Weir program, configured once.
#pragma once

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <cstddef>

namespace weir::shells {

/// CAF's configuration as Weir runs it: the sharing scheduler (an idle worker wakes up in 0.1 ms;
/// with the stealing one it takes up to 12 ms) and a fixed number of threads.
class SystemConfig : public caf::actor_system_config {
 public:
  explicit SystemConfig(std::size_t threads);
};

/// An actor system that does not wait for its actors at the end: a pending delayed message or a
/// handle that somebody still holds would otherwise hang the shutdown.
class System {
 public:
  explicit System(std::size_t threads);
  caf::actor_system& get() { return system_; }

 private:
  SystemConfig config_;
  caf::actor_system system_;
};

}  // namespace weir::shells
