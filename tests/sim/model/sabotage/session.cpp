// Instead of actors/domain/session_grades.cpp: sessions remember nothing.
#include "actors/domain/grading.hpp"

namespace weir::domain {

Grade SessionGrades::tighten(std::string_view, std::string_view, Grade grade) { return grade; }

Grade SessionGrades::bound(std::string_view, std::string_view) const { return Grade::p2; }

}  // namespace weir::domain
