// Instead of actors/domain/fence.cpp: any attempt of a request passes for its current one.
#include "actors/domain/coordinator_state.hpp"

namespace weir::domain {

Request* Coordinator::State::current(AttemptId attempt) {
  auto* r = find(attempt.request);
  return r != nullptr && r->running ? r : nullptr;
}

}  // namespace weir::domain
