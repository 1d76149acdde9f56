#include "actors/domain/grading.hpp"

namespace weir::domain {

Grading::Grading(Grade default_grade, const std::vector<GradeFloor>& floors, std::size_t sessions)
    : default_{default_grade}, sessions_{sessions} {
  configure(default_grade, floors);
}

void Grading::configure(Grade default_grade, const std::vector<GradeFloor>& floors) {
  default_ = default_grade;
  floors_.clear();
  for (const auto& floor : floors) {
    const auto [it, added] = floors_.try_emplace(floor.tenant, floor.at_least);
    if (!added) it->second = strictest(it->second, floor.at_least);
  }
}

/// By the request itself, whatever its session holds.
Graded Grading::alone(const RequestSpec& spec) const {
  Graded result{default_, "default"};
  if (spec.label)
    result = {*spec.label, "label"};
  else if (spec.key_default)
    result = {*spec.key_default, "key default"};
  if (const auto floor = floors_.find(spec.tenant);
      floor != floors_.end() && floor->second < result.grade)
    result = {floor->second, "tenant floor"};
  return by_detector(result, spec.found);
}

Graded Grading::suppose(const RequestSpec& spec) const {
  auto result = alone(spec);
  if (spec.session.empty()) return result;
  const auto bound = sessions_.bound(spec.tenant, spec.session);
  if (bound < result.grade) result = {bound, "session"};
  return result;
}

Graded Grading::grade(const RequestSpec& spec) {
  auto result = alone(spec);
  if (spec.session.empty()) return result;
  const auto bound = sessions_.tighten(spec.tenant, spec.session, result.grade);
  if (bound < result.grade) result = {bound, "session"};
  return result;
}

Grade Grading::tighten(const RequestSpec& spec, Grade grade) {
  return spec.session.empty() ? grade : sessions_.tighten(spec.tenant, spec.session, grade);
}

}  // namespace weir::domain
