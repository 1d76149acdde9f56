#include "node-agent/probe/gpus.hpp"

#include <dlfcn.h>
#include <algorithm>
#include <array>

namespace weir::probe {
namespace {

// The few entry points used, as NVIDIA's "NVML API Reference" declares them. Success is 0.
using Device = struct nvmlDevice_st*;
struct NvmlMemory {
  unsigned long long total, free, used;
};
struct NvmlUtilization {
  unsigned gpu, memory;  ///< percent
};

constexpr unsigned gpus_max = 64;

template <class Function>
bool load(void* library, const char* name, Function& into) {
  into = reinterpret_cast<Function>(::dlsym(library, name));
  return into != nullptr;
}

}  // namespace

struct Gpus::Api {
  int (*init)() = nullptr;
  int (*shutdown)() = nullptr;
  int (*count)(unsigned*) = nullptr;
  int (*handle)(unsigned, Device*) = nullptr;
  int (*name)(Device, char*, unsigned) = nullptr;
  int (*memory)(Device, NvmlMemory*) = nullptr;
  int (*utilization)(Device, NvmlUtilization*) = nullptr;

  bool resolve(void* library) {
    return load(library, "nvmlInit_v2", init) && load(library, "nvmlShutdown", shutdown) &&
           load(library, "nvmlDeviceGetCount_v2", count) &&
           load(library, "nvmlDeviceGetHandleByIndex_v2", handle) &&
           load(library, "nvmlDeviceGetName", name) &&
           load(library, "nvmlDeviceGetMemoryInfo", memory) &&
           load(library, "nvmlDeviceGetUtilizationRates", utilization);
  }

  /// Calls `each` for every GPU that can be opened.
  template <class Each>
  void for_each(Each each) const {
    unsigned found = 0;
    if (count(&found) != 0) return;
    for (unsigned i = 0; i < std::min(found, gpus_max); ++i) {
      Device device = nullptr;
      if (handle(i, &device) == 0) each(device);
    }
  }
};

Gpus::Gpus(const char* library) : library_{::dlopen(library, RTLD_NOW | RTLD_LOCAL)} {
  if (library_ == nullptr) return;
  auto api = std::make_unique<Api>();
  if (api->resolve(library_) && api->init() == 0) api_ = std::move(api);
}

Gpus::~Gpus() {
  if (api_ != nullptr) api_->shutdown();
  api_.reset();
  if (library_ != nullptr) ::dlclose(library_);
}

GpuFacts Gpus::facts() const {
  GpuFacts facts;
  if (api_ == nullptr) return facts;
  api_->for_each([&](Device device) {
    std::array<char, 96> name{};
    NvmlMemory memory{};
    if (api_->name(device, name.data(), name.size() - 1) == 0)
      facts.names.emplace_back(name.data());
    if (api_->memory(device, &memory) == 0) facts.memory_bytes += memory.total;
  });
  return facts;
}

std::uint16_t Gpus::used_permille() const {
  unsigned busiest = 0;
  if (api_ != nullptr)
    api_->for_each([&](Device device) {
      NvmlUtilization used{};
      if (api_->utilization(device, &used) == 0) busiest = std::max(busiest, used.gpu);
    });
  return static_cast<std::uint16_t>(std::min(busiest, 100U) * 10);
}

}  // namespace weir::probe
