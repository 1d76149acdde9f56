// The detector's word counts whatever the label says. Alone in its file: a test puts another in its
// place.
#include "actors/domain/grading.hpp"

namespace weir::domain {

Graded by_detector(const Graded& stated, const Detected& found) {
  const auto grade = found.complete ? found.grade : Grade::p0;
  if (grade >= stated.grade) return stated;
  return {grade, found.complete ? "detector" : "guard"};
}

}  // namespace weir::domain
