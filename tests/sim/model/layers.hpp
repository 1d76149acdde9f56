// The office and the proxy alone, each told the worst lies of whoever stands before it.
#pragma once

#include "tests/sim/model/world.hpp"

#include <cstddef>
#include <vector>

namespace weir::model {

struct Layers {
  std::size_t questions = 0;
  std::vector<Violation> violations;  ///< the first of each property
};
Layers judge_layers();

}  // namespace weir::model
