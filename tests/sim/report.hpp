// How a violation is told: what broke, what happened before, and the command that shows it again.
#pragma once

#include "tests/sim/world/world.hpp"

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace weir::sim {

inline void print_violation(const Scenario& scenario, std::uint64_t seed, const Outcome& outcome) {
  std::printf("violated: %s: %s\n", outcome.violation->invariant.c_str(),
              outcome.violation->what.c_str());
  std::printf("scenario: %s seed: %llu\nthe last events:\n", scenario.name.c_str(),
              static_cast<unsigned long long>(seed));
  for (const auto& line : outcome.last) std::printf("  %s\n", line.c_str());
  std::printf("again: weir-sim %s --seed %llu --trace\n", scenario.file.c_str(),
              static_cast<unsigned long long>(seed));
}

/// A whole number; false where it is none.
inline bool read_number(std::string_view text, std::uint64_t& out) {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), out);
  return read.ec == std::errc{} && read.ptr == text.data() + text.size();
}

}  // namespace weir::sim
