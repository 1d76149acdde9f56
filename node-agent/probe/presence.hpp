// Tells the worker whether this workstation's owner uses it: by a file where one is configured,
// else by logind, else by what input and processors show. The rules stand in presence_rules.
#pragma once

#include "node-agent/probe/look_thread.hpp"
#include "node-agent/probe/presence_rules.hpp"

#include <functional>
#include <string>

namespace weir::probe {

using LookAtPresence = std::function<PresenceLook()>;
/// Makes the look, on the thread that looks.
using OpenPresence = std::function<LookAtPresence()>;

/// The look of the program. `file`: empty asks logind and the machine. A file that says neither
/// "present" nor "away", or cannot be read, means present, and is logged once.
LookAtPresence open_presence(const std::string& file);

class PresenceWatch {
 public:
  /// Posts "present" before it returns: until the first look nobody knows. `worker` must outlive
  /// this.
  PresenceWatch(ports::Worker& worker, Millis every, OpenPresence open);
  /// As the program watches; a file is read every 300 ms, the machine asked every second.
  PresenceWatch(ports::Worker& worker, const std::string& file);

 private:
  LookThread thread_;
};

}  // namespace weir::probe
