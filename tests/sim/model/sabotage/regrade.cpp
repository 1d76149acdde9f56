// Instead of actors/domain/regrade.cpp: what is graded again goes by what is known now alone.
#include "actors/domain/grading.hpp"

namespace weir::domain {

Graded tightened(const Graded&, const Graded& again) { return again; }

}  // namespace weir::domain
