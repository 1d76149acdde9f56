#include "node-agent/probe/host_probe.hpp"

#include "node-agent/probe/gpus.hpp"
#include "node-agent/probe/read_file.hpp"

#include <hwloc.h>
#include <algorithm>
#include <sstream>

namespace weir::probe {
namespace {

/// Logical processors this process may see.
std::uint32_t processors() {
  hwloc_topology_t topology = nullptr;
  if (hwloc_topology_init(&topology) != 0) return 0;
  int count = 0;
  if (hwloc_topology_load(topology) == 0) count = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_PU);
  hwloc_topology_destroy(topology);
  return static_cast<std::uint32_t>(std::max(count, 0));
}

}  // namespace

std::optional<CpuTimes> parse_cpu_times(const std::string& proc_stat) {
  std::istringstream in{proc_stat};
  std::string label;
  in >> label;
  if (label != "cpu") return std::nullopt;
  // user nice system idle iowait irq softirq steal; guest times are part of user.
  CpuTimes times;
  std::uint64_t value = 0;
  for (int field = 0; field < 8 && in >> value; ++field) {
    times.total += value;
    if (field != 3 && field != 4) times.busy += value;
  }
  return times.total > 0 ? std::optional{times} : std::nullopt;
}

std::optional<Memory> parse_memory(const std::string& proc_meminfo) {
  std::istringstream in{proc_meminfo};
  Memory memory;
  std::string line;
  while (std::getline(in, line)) {
    std::istringstream fields{line};
    std::string key;
    std::uint64_t kib = 0;
    if (!(fields >> key >> kib)) continue;
    if (key == "MemTotal:") memory.total_bytes = kib * 1024;
    if (key == "MemAvailable:") memory.available_bytes = kib * 1024;
  }
  if (memory.total_bytes == 0) return std::nullopt;
  return memory;
}

HostProbe::HostProbe(std::string proc) : proc_{std::move(proc)}, gpus_{std::make_unique<Gpus>()} {}

HostProbe::~HostProbe() = default;

std::string HostProbe::text_of(const char* name) const {
  return read_file(proc_ + name).value_or("");
}

HostFacts HostProbe::facts() const {
  HostFacts facts;
  facts.cpu_cores = processors();
  if (const auto memory = parse_memory(text_of("/meminfo")))
    facts.memory_bytes = memory->total_bytes;
  auto gpus = gpus_->facts();
  facts.gpus = std::move(gpus.names);
  facts.gpu_memory_bytes = gpus.memory_bytes;
  return facts;
}

HostLoad HostProbe::load() {
  HostLoad load;
  const auto times = parse_cpu_times(text_of("/stat"));
  if (times && last_ && times->total > last_->total && times->busy >= last_->busy)
    load.cpu_used_permille = static_cast<std::uint16_t>(std::min<std::uint64_t>(
        1000, (times->busy - last_->busy) * 1000 / (times->total - last_->total)));
  last_ = times;
  if (const auto memory = parse_memory(text_of("/meminfo")))
    load.memory_free_bytes = memory->available_bytes;
  load.gpu_used_permille = gpus_->used_permille();
  return load;
}

}  // namespace weir::probe
