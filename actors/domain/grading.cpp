#include "actors/domain/grading.hpp"

namespace weir::domain {

namespace {

/// Names longer than this count by their first bytes and length: two such sessions may share an
/// entry, which can only make one of them stricter.
constexpr std::size_t key_bytes_max = 512;

std::string key_of(std::string_view tenant, std::string_view session) {
  std::string key = std::to_string(tenant.size()) + ':' + std::string{tenant} + ':';
  if (session.size() <= key_bytes_max) return key.append(session);
  return key.append(session.substr(0, key_bytes_max));
}

}  // namespace

Grade SessionGrades::tighten(std::string_view tenant, std::string_view session, Grade grade) {
  auto key = key_of(tenant, session);
  if (const auto it = index_.find(key); it != index_.end()) {
    auto& entry = *it->second;
    entry.grade = strictest(entry.grade, grade);
    entries_.splice(entries_.begin(), entries_, it->second);
    return entry.grade;
  }
  if (grade == Grade::p2 || sessions_max_ == 0) return grade;
  if (entries_.size() >= sessions_max_) {
    index_.erase(entries_.back().key);
    entries_.pop_back();
  }
  entries_.push_front({std::move(key), grade});
  index_.emplace(entries_.front().key, entries_.begin());
  return grade;
}

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

Graded Grading::grade(const RequestSpec& spec) {
  Graded result{default_, "default"};
  if (spec.label)
    result = {*spec.label, "label"};
  else if (spec.key_default)
    result = {*spec.key_default, "key default"};
  if (const auto floor = floors_.find(spec.tenant);
      floor != floors_.end() && floor->second < result.grade)
    result = {floor->second, "tenant floor"};
  if (spec.session.empty()) return result;
  const auto bound = sessions_.tighten(spec.tenant, spec.session, result.grade);
  if (bound < result.grade) result = {bound, "session"};
  return result;
}

Grade Grading::tighten(const RequestSpec& spec, Grade grade) {
  return spec.session.empty() ? grade : sessions_.tighten(spec.tenant, spec.session, grade);
}

}  // namespace weir::domain
