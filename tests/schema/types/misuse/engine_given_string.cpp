// A cloud engine is given no string.
#include "actors/ports/engine.hpp"

#include <utility>

namespace weir {

void leak(ports::EngineJob& job, std::string body) {
  job.cleared = std::move(body);  // must not compile: no match for
}

}  // namespace weir
