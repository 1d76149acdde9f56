// A grade that was given is never loosened: not by a retry, not by a reload.
#include "actors/domain/grading.hpp"

namespace weir::domain {

Graded tightened(const Graded& before, const Graded& again) {
  return again.grade < before.grade ? again : before;
}

}  // namespace weir::domain
