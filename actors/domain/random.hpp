// The brain's own randomness: seeded once, so that equal inputs give equal decisions.
#pragma once

#include <cstdint>

namespace weir::domain {

/// SplitMix64. Not for secrets.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_{seed} {}

  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15ULL;
    auto z = state_;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31U);
  }
  /// 0 .. n-1; `n` at least 1. The bias is below n / 2^32.
  std::uint32_t below(std::uint32_t n) {
    return static_cast<std::uint32_t>(((next() >> 32U) * n) >> 32U);
  }

 private:
  std::uint64_t state_;
};

}  // namespace weir::domain
