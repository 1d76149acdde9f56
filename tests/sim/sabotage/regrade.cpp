// Instead of actors/domain/regrade.cpp: what is tried again goes by its label,
// whatever it was found to be.
#include "actors/domain/grading.hpp"

namespace weir::domain {

Graded tightened(const Graded&, const Graded& again) { return again; }

}  // namespace weir::domain
