#include "node-agent/engines/load_costs.hpp"

#include <algorithm>
#include <cmath>

namespace weir::engines {
namespace {

constexpr std::size_t measured_max = 1'024;
/// Below this, a load says more of the engine's start than of its disk.
constexpr std::uint64_t bytes_least = 64U << 20U;

bool has(const std::vector<LoadRoom::Loaded>& all, const std::string& model) {
  return std::any_of(all.begin(), all.end(),
                     [&model](const LoadRoom::Loaded& one) { return one.model == model; });
}

}  // namespace

void LoadTimes::loaded(const std::string& model, std::uint64_t bytes, double ms) {
  if (!std::isfinite(ms) || ms < 1 || ms > 3.6e6) return;
  if (measured_.size() < measured_max || measured_.count(model) != 0)
    measured_[model] = static_cast<std::uint32_t>(ms);
  if (bytes < bytes_least) return;
  const double rate = static_cast<double>(bytes) / ms;
  bytes_per_ms_ = bytes_per_ms_ > 0 ? bytes_per_ms_ + 0.3 * (rate - bytes_per_ms_) : rate;
}

std::uint32_t LoadTimes::expected(const std::string& model, std::uint64_t bytes) const {
  if (const auto found = measured_.find(model); found != measured_.end()) return found->second;
  if (bytes == 0) return 0;
  const double rate = bytes_per_ms_ > 0 ? bytes_per_ms_ : bytes_per_ms_first;
  return static_cast<std::uint32_t>(std::clamp(static_cast<double>(bytes) / rate, 1.0, 3.6e6));
}

void LoadRoom::look(const std::vector<Loaded>& now) {
  const bool joined = std::any_of(now.begin(), now.end(),
                                  [this](const Loaded& one) { return !has(last_, one.model); });
  const bool pushed = std::any_of(last_.begin(), last_.end(), [&now](const Loaded& one) {
    return !one.expired && !has(now, one.model);
  });
  if (joined && pushed && !now.empty()) room_ = now.size();
  if (room_ > 0) room_ = std::max(room_, now.size());
  last_ = now;
}

}  // namespace weir::engines
