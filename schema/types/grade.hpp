// Data grades, machine layers and priority classes: the closed vocabularies of Weir.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

namespace weir {

/// Data grade; smaller is stricter. P0 never leaves L0/L1; P1 only desensitised; P2 is free.
enum class Grade : std::uint8_t { p0 = 0, p1 = 1, p2 = 2 };

/// Where a machine stands: workstation, GPU server, cloud. Its certificate says so.
enum class Tier : std::uint8_t { l0 = 0, l1 = 1, l2 = 2 };

/// Service class; smaller goes first.
enum class Priority : std::uint8_t { interactive = 0, normal = 1, batch = 2 };

constexpr Grade strictest(Grade a, Grade b) { return std::min(a, b); }

constexpr std::string_view name_of(Grade g) {
  return g == Grade::p0 ? "P0" : g == Grade::p1 ? "P1" : "P2";
}
constexpr std::string_view name_of(Tier t) {
  return t == Tier::l0 ? "L0" : t == Tier::l1 ? "L1" : "L2";
}
constexpr std::string_view name_of(Priority p) {
  return p == Priority::interactive ? "interactive" : p == Priority::normal ? "normal" : "batch";
}

/// "P0", "P1", "P2", in either case; anything else is nullopt.
std::optional<Grade> parse_grade(std::string_view text);
/// "L0", "L1", "L2"; anything else is nullopt.
std::optional<Tier> parse_tier(std::string_view text);
/// "interactive", "normal", "batch"; anything else is nullopt.
std::optional<Priority> parse_priority(std::string_view text);

}  // namespace weir
