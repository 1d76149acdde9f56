// A comparison of policies as few rows for people: what makes no difference is "any".
#pragma once

#include "actors/domain/policy/table.hpp"

namespace weir::domain {

inline constexpr std::size_t policy_rows_max = 1000;

/// Names, or all but them.
struct NamedSet {
  bool but = true;
  std::vector<std::string> names{};

  bool any() const { return but && names.empty(); }
  bool contains(const std::string& name) const;
};

/// All combinations of its values; they have the same verdicts.
struct PolicyRow {
  std::vector<Grade> grades{};  ///< empty: any
  std::vector<Tier> tiers{};    ///< empty: any
  NamedSet tenants{};
  NamedSet regions{};
  std::vector<EngineKind> providers{};  ///< empty: any
  Features needs = 0;                   ///< all of them are needed
  Features lacks = 0;                   ///< none of them is needed; any other may be
  bool before = false;
  bool after = false;

  bool covers(const PolicyCase& asked) const;
};

struct PolicyRows {
  std::vector<PolicyRow> rows{};  ///< no combination stands in two
  bool complete = true;           ///< false: policy_rows_max was reached, and some are left out
};

/// Exactly the combinations whose verdict changes.
PolicyRows changed_rows(const PolicyComparison& comparison);
/// Every combination with the verdict of `after`.
PolicyRows verdict_rows(const PolicyComparison& comparison);

}  // namespace weir::domain
