// A session only becomes stricter. Alone in its file: a test puts another in its place.
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

Grade SessionGrades::bound(std::string_view tenant, std::string_view session) const {
  const auto it = index_.find(key_of(tenant, session));
  return it == index_.end() ? Grade::p2 : it->second->grade;
}

}  // namespace weir::domain
