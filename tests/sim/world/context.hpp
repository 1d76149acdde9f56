// What every part of a simulated world shares.
#pragma once

#include "actors/domain/random.hpp"
#include "tests/sim/world/scenario.hpp"
#include "tests/sim/world/timeline.hpp"
#include "tests/sim/world/trace.hpp"

#include <cmath>

namespace weir::sim {

class Oracle;

struct Context {
  const Scenario& scenario;
  Timeline timeline;
  domain::Random random;
  Trace trace;
  Oracle* oracle = nullptr;

  Context(const Scenario& s, std::uint64_t seed, bool print)
      : scenario{s}, random{seed}, trace{timeline.begin(), print} {}

  TimePoint now() const { return timeline.now(); }
  bool chance(std::uint32_t percent) { return random.below(100) < percent; }
  Micros between(Micros least, Micros most) {
    const auto span = static_cast<std::uint32_t>((most - least).count() + 1);
    return least + Micros{random.below(span)};
  }
  /// Of a Poisson process with this mean gap.
  Micros gap(Micros mean) {
    const auto u = (random.below(1'000'000) + 1) / 1e6;
    return Micros{static_cast<std::int64_t>(-std::log(u) * static_cast<double>(mean.count())) + 1};
  }
  void note(std::string_view who, std::string_view what, AttemptId attempt = {},
            std::int64_t figure = -1, std::string_view more = {}) {
    trace.add({now(), who, what, attempt, figure, more});
  }
};

}  // namespace weir::sim
