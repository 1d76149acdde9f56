// How many more requests an engine without slots (vLLM) can take: the lesser of what its free KV
// cache still holds and of the concurrency that still makes each token in time. Pure: observations
// in, slots out; its clock is the number of looks.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace weir::engines {

class Headroom {
 public:
  static constexpr std::uint32_t slots_max = 1'024;
  /// Before anything was learned.
  static constexpr std::uint32_t slots_first = 16;
  /// Share of the KV cache that is left to requests that grow.
  static constexpr double reserve = 0.10;
  static constexpr double token_ms_default = 50;

  explicit Headroom(double token_ms_max = token_ms_default) : token_ms_max_{token_ms_max} {}

  /// One look at the engine; of several engines behind one server, the sums.
  struct Look {
    std::uint32_t running = 0;
    std::uint32_t waiting = 0;
    double kv_used = 0;      ///< 0 .. engines
    double engines = 1;      ///< how many caches `kv_used` adds up; at least 1
    double preemptions = 0;  ///< since the engine's start
  };
  void look(const Look& now);
  /// A stream made tokens at `token_ms` each while `running` requests ran.
  void token(std::uint32_t running, double token_ms);

  /// Running requests and those that may join them: 1 .. slots_max. It grows by at most a half, or
  /// by 4, with each look; while requests wait, or were preempted since the last look, it does not
  /// grow, and nobody may join. O(1).
  std::uint32_t slots() const { return slots_; }

 private:
  /// Measured at about one concurrency: 1, 2, 3..4, 5..8 and so on to slots_max.
  struct Level {
    double running = 0;
    double token_ms = 0;  ///< 0: not measured
    std::uint32_t age = 0;
  };
  std::uint32_t kv_limit(const Look& now) const;
  /// The concurrency up to which tokens are in time; nullopt where nothing was measured.
  std::optional<double> pace_limit() const;

  double token_ms_max_;
  std::uint32_t slots_ = slots_first;
  double kv_per_request_ = 0;  ///< learned; 0: not yet
  double preemptions_ = 0;
  bool looked_ = false;
  std::array<Level, 11> levels_{};
};

}  // namespace weir::engines
