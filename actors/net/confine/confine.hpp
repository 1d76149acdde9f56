// What a process gives up once it has loaded its files: written files outside its own folder,
// programs, and ways out. By Landlock and seccomp; each holds as far as the kernel offers it.
#pragma once

#include "schema/types/result.hpp"
#include "schema/types/settings.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace weir::net {

/// What a process still needs. Reading stays free: certificates are loaded again, /proc and /sys
/// are looked at, libraries are mapped.
struct Confinement {
  /// Existing directories: below them files and directories may be made, written and removed.
  std::vector<std::string> write_below;
  /// Existing files (devices) that may be opened for writing; /dev/null always may.
  std::vector<std::string> write_to;
  bool may_connect = true;                   ///< false: no connection goes out, TCP or UNIX
  std::vector<std::uint16_t> connect_ports;  ///< the TCP ports it may reach, from ABI 4 on
  std::vector<std::uint16_t> bind_ports;     ///< the same for its listeners; 0: the system's choice
};

/// What holds now.
struct ConfinedBy {
  bool memory = false;  ///< no core file, not shown to other processes, no new privileges
  int landlock = 0;     ///< its ABI; 0: not at all
  bool seccomp = false;
  bool connect = true;  ///< as asked for
  std::string lacks;    ///< why less holds than was asked for; empty: all of it
};

/// Confines this process for good: its core is never written nor its memory shown, it starts no
/// program, and Landlock and seccomp take the rest. Landlock holds for the caller's thread and
/// those it starts, so call this before there is another: `lacks` says so otherwise. With `off`
/// nothing is done.
/// errors  invalid_config: a path of `what` cannot be opened; then part of it may hold.
///         not_supported: `required`, and the kernel lacks Landlock or seccomp.
Result<ConfinedBy> confine(const Confinement& what, Confine wanted = Confine::on);

/// After the last listen(): no socket listens any more, and where `connect` is false none is even
/// made. For all threads. Does nothing without seccomp. errors  internal: the kernel refused.
Result<Done> seal(const ConfinedBy& by);

/// For a log: "landlock 7, seccomp, no connect", or "nothing: …".
std::string text_of(const ConfinedBy& by);

}  // namespace weir::net
