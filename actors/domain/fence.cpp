// Fencing: only a request's current attempt decides its fate. Whatever a former one still says
// frees its slot, and nothing else.
#include "actors/domain/coordinator_state.hpp"

namespace weir::domain {

Request* Coordinator::State::current(AttemptId attempt) {
  auto* r = find(attempt.request);
  return r != nullptr && r->running && r->running->attempt == attempt ? r : nullptr;
}

}  // namespace weir::domain
