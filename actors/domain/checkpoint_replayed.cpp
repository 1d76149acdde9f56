// One attempt is sent once. Alone in its file: a test puts another in its place.
#include "actors/domain/clearance.hpp"

namespace weir::domain {

bool Checkpoint::replayed(Coordinator& of, AttemptId attempt) {
  const auto id = attempt.stream();
  if (id <= of.forgotten || !of.seen.insert(id).second) return true;
  if (of.seen.size() > attempts_max) {
    of.forgotten = *of.seen.begin();
    of.seen.erase(of.seen.begin());
  }
  return false;
}

}  // namespace weir::domain
