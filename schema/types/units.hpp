// Quantities that must not mix. Mixing two units is a compile error.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>

namespace weir {

template <class Tag>
class Quantity {
 public:
  constexpr Quantity() = default;
  constexpr explicit Quantity(std::int64_t count) : count_{count} {}
  constexpr std::int64_t count() const { return count_; }
  friend constexpr Quantity operator+(Quantity a, Quantity b) {
    return Quantity{a.count_ + b.count_};
  }
  friend constexpr Quantity operator-(Quantity a, Quantity b) {
    return Quantity{a.count_ - b.count_};
  }
  friend constexpr auto operator<=>(Quantity, Quantity) = default;

 private:
  std::int64_t count_ = 0;
};

/// Language-model tokens.
using Tokens = Quantity<struct TokensTag>;
/// Millionths of a US dollar.
using MicroUsd = Quantity<struct MicroUsdTag>;

using Millis = std::chrono::milliseconds;
/// A point on the monotonic clock. Decisions receive it inside events; they never read a clock.
using TimePoint = std::chrono::steady_clock::time_point;

/// The whole milliseconds from `from` to `to`; 0 when `to` is earlier.
constexpr std::int64_t millis_between(TimePoint from, TimePoint to) {
  return to <= from ? 0 : std::chrono::duration_cast<Millis>(to - from).count();
}

}  // namespace weir
