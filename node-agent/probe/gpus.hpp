// NVIDIA GPUs through NVML, loaded at run time: machines without the driver have no GPUs.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace weir::probe {

struct GpuFacts {
  std::vector<std::string> names;
  std::uint64_t memory_bytes = 0;  ///< of all together
};

class Gpus {
 public:
  /// `library`: the file name for dlopen.
  explicit Gpus(const char* library = "libnvidia-ml.so.1");
  ~Gpus();
  Gpus(const Gpus&) = delete;
  Gpus& operator=(const Gpus&) = delete;

  GpuFacts facts() const;
  /// The busiest GPU, 0 .. 1000.
  std::uint16_t used_permille() const;

 private:
  struct Api;
  void* library_ = nullptr;
  std::unique_ptr<Api> api_;
};

}  // namespace weir::probe
