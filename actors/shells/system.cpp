#include "actors/shells/system.hpp"

#include <caf/atom.hpp>

namespace weir::shells {

SystemConfig::SystemConfig(std::size_t threads) {
  set("scheduler.policy", caf::atom("sharing"));
  set("scheduler.max-threads", threads);
}

System::System(std::size_t threads) : config_{threads}, system_{config_} {
  system_.await_actors_before_shutdown(false);
}

}  // namespace weir::shells
