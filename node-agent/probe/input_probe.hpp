// Signs of people at this machine, from /proc and the terminals' times. For machines without
// logind.
#pragma once

#include "node-agent/probe/host_probe.hpp"
#include "node-agent/probe/presence_rules.hpp"

#include <sys/types.h>
#include <map>
#include <string>

namespace weir::probe {

/// One thread. A look reads a few files per process: about 10 ms where there are a thousand.
class InputProbe {
 public:
  /// Where /proc and /dev are (tests give other folders), and whose programs are people's: user
  /// numbers from `people_min` on.
  explicit InputProbe(std::string proc = "/proc", std::string dev = "/dev",
                      uid_t people_min = 1'000);
  InputSample look();

 private:
  /// Clock ticks that people's programs used since the last look.
  std::uint64_t people_ticks();

  std::string proc_;
  std::string dev_;
  uid_t people_min_;
  std::optional<CpuTimes> cpu_;
  std::map<std::string, std::uint64_t> ticks_;  ///< of each process, at the last look
};

}  // namespace weir::probe
