// What this machine is and how busy it is: processors and memory from /proc and hwloc, GPUs from
// NVIDIA's management library where there is one.
#pragma once

#include "schema/types/messages.hpp"
#include "schema/types/worker.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace weir::probe {

/// Busy and total time of all processors since boot, in clock ticks.
struct CpuTimes {
  std::uint64_t busy = 0;
  std::uint64_t total = 0;
};
/// From the text of /proc/stat. nullopt: not its first line.
std::optional<CpuTimes> parse_cpu_times(const std::string& proc_stat);

struct Memory {
  std::uint64_t total_bytes = 0;
  std::uint64_t available_bytes = 0;
};
/// From the text of /proc/meminfo. nullopt: neither figure.
std::optional<Memory> parse_memory(const std::string& proc_meminfo);

class Gpus;

/// One thread. Each look costs some tens of microseconds, more with GPUs.
class HostProbe {
 public:
  /// `proc`: where /proc is (tests give another folder).
  explicit HostProbe(std::string proc = "/proc");
  ~HostProbe();
  HostFacts facts() const;
  /// Processor use is the mean since the last call; 0 at the first.
  HostLoad load();

 private:
  std::string text_of(const char* name) const;

  std::string proc_;
  std::optional<CpuTimes> last_;
  std::unique_ptr<Gpus> gpus_;
};

}  // namespace weir::probe
