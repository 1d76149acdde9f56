// The effective grade of a request: what its data may be treated as, whatever its sender says.
#pragma once

#include "schema/types/brain.hpp"
#include "schema/types/settings.hpp"

#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace weir::domain {

struct Graded {
  Grade grade = Grade::p0;
  /// What decided: "label", "key default", "default", "tenant floor", "detector", "guard" (nobody
  /// could look, so it is P0), or "session".
  std::string_view why = "default";
};

/// What a request is treated as when it is graded again: never less strictly than before.
Graded tightened(const Graded& before, const Graded& again);

/// What a request that was labelled so is treated as, by what the detector found in it; P0 where
/// nobody could look.
Graded by_detector(const Graded& stated, const Detected& found);

/// The strictest grade of each session so far, sessions being named per tenant.
///
/// Bounded: the session unused for longest is forgotten when the table is full, and starts anew
/// when it comes back, exactly like one that was never seen. P2 sessions bind nothing and take
/// no room, so only sessions with P0 or P1 data can push others out.
class SessionGrades {
 public:
  explicit SessionGrades(std::size_t sessions_max) : sessions_max_{sessions_max} {}

  /// Takes note of `grade` and returns the strictest of the session so far. O(1).
  Grade tighten(std::string_view tenant, std::string_view session, Grade grade);
  /// The strictest of the session so far; P2 where nothing binds it. O(1).
  Grade bound(std::string_view tenant, std::string_view session) const;
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string key;
    Grade grade;
  };
  std::size_t sessions_max_;
  std::list<Entry> entries_;  // most recently used first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> index_;
};

class Grading {
 public:
  static constexpr std::size_t sessions_max = 100'000;

  Grading(Grade default_grade, const std::vector<GradeFloor>& floors,
          std::size_t sessions = sessions_max);

  /// Takes other settings; what sessions held stays.
  void configure(Grade default_grade, const std::vector<GradeFloor>& floors);
  /// A label replaces the defaults, in either direction: the sender knows its data. The tenant's
  /// floor, what the detector found and the session's history can only make the result stricter.
  /// O(1).
  Graded grade(const RequestSpec& spec);
  /// The same for a request that is only supposed: its session does not remember it.
  Graded suppose(const RequestSpec& spec) const;
  /// More was learnt of the request: the stricter of `grade` and its session's, which remembers.
  /// O(1).
  Grade tighten(const RequestSpec& spec, Grade grade);

 private:
  Graded alone(const RequestSpec& spec) const;

  Grade default_;
  std::unordered_map<std::string, Grade> floors_;
  SessionGrades sessions_;
};

}  // namespace weir::domain
