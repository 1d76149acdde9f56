// What stands around a word of the lexicon.
#pragma once

#include "actors/domain/grading/reading.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

namespace weir::domain {

struct Surroundings {
  std::array<int, roles_max> distinct{};  ///< words of each role, each word once
  bool amount = false;
  bool close_amount = false;  ///< within 48 bytes
  int of(Role role) const { return distinct[static_cast<std::size_t>(role)]; }
  int most(Role role, int limit) const { return std::min(of(role), limit); }
};

/// Of the hit's own word, and of at most 48 on either side of it, within `near` bytes. O(1).
Surroundings surroundings_of(const Reading& reading, std::size_t hit, std::size_t near);
/// The amounts from `near` bytes before the hit on; whoever walks them ends where they are too far.
std::span<const Span> amounts_from(const Reading& reading, const Hit& hit, std::size_t near);
bool amount_near(const Reading& reading, const Hit& hit, std::size_t near);

}  // namespace weir::domain
