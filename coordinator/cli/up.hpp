// `weir up`: one coordinator and one agent on this machine, gone without a trace at the end.
#pragma once

#include "coordinator/cli/console.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace weir::cli {

struct UpFlags {
  std::string dir;  ///< empty: a private temporary folder, removed at the end
  std::vector<std::string> engines;
  std::string cloud;  ///< a file with the engines of an agent for clouds; empty: none
  std::uint16_t port = 8700;
  std::uint16_t agents_port = 0;
};

/// Runs until SIGINT, SIGTERM or SIGHUP, or until one of the two programs ends.
/// returns  the exit code.
int up(const Globals& globals, const UpFlags& flags);

}  // namespace weir::cli
