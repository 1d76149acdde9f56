// Every interleaving of bounded actions.
#pragma once

#include "tests/sim/model/world.hpp"

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace weir::model {

struct Search {
  Bounds bounds;
  bool pruning = true;  ///< a state that was seen before is not gone on from
};

struct Explored {
  std::size_t states = 0;  ///< different ones
  std::size_t transitions = 0;
  std::size_t depth = 0;    ///< of the longest path
  std::size_t reached = 0;  ///< states in which the victim's request has reached a cloud
  std::optional<Violation> violation;
  std::vector<Action> path;                                ///< to it; no shorter one leads to any
  std::set<std::pair<std::uint64_t, std::uint64_t>> seen;  ///< digests of the states
};

/// Breadth first, each state reached by playing its actions from the start: the machines cannot be
/// copied. Stops at the first violation.
Explored explore(const Victim& victim, const Search& search);

}  // namespace weir::model
