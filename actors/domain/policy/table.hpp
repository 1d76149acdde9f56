// Two policies judged on every combination of attributes that either can tell apart: what changes
// when one replaces the other.
#pragma once

#include "actors/domain/policy/gate.hpp"
#include "schema/types/result.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace weir::domain {

inline constexpr std::uint64_t policy_combinations_max = 2'000'000;

/// The values of the open attributes that some rules tell apart. Grades, tiers and providers are
/// few and taken whole.
struct PolicyValues {
  std::vector<std::string> tenants{};  ///< that a rule names, sorted; last "": any other
  std::vector<std::string> regions{};  ///< the same
  /// Single bits, those that a rule names. Rules look only at whether a request needs any of
  /// theirs, so the subsets of these are complete.
  std::vector<Features> features{};

  /// How many values each dimension has: grade, tier, tenant, region, provider, and two for each
  /// feature (not needed, needed).
  std::vector<std::size_t> sizes() const;
  std::uint64_t combinations() const;
};
PolicyValues values_of(const std::vector<PolicyRule>& before, const std::vector<PolicyRule>& after);

struct PolicyChange {
  PolicyCase asked{};
  bool before = false;
  bool after = false;
};

/// The verdicts of `before` and `after`, as `permits` gives them, on every combination.
class PolicyComparison {
 public:
  /// errors  invalid_config: more than policy_combinations_max; the detail names the number.
  /// O(combinations * rules).
  static Result<PolicyComparison> make(const std::vector<PolicyRule>& before,
                                       const std::vector<PolicyRule>& after);

  const PolicyValues& values() const { return values_; }
  std::size_t size() const { return verdicts_.size(); }
  std::size_t permitted() const { return permitted_; }  ///< by `after`
  std::size_t changed() const { return changed_; }
  /// Combination `i` of size(); the last dimension of PolicyValues::sizes() changes first.
  PolicyChange at(std::size_t i) const;
  /// Bit 0: `before` permits it; bit 1: `after` does. In the order of at().
  const std::vector<std::uint8_t>& verdicts() const { return verdicts_; }

 private:
  explicit PolicyComparison(PolicyValues values) : values_{std::move(values)} {}
  void judge(const std::vector<PolicyRule>& rules, std::uint8_t bit);

  PolicyValues values_;
  std::vector<std::uint8_t> verdicts_;
  std::size_t permitted_ = 0;
  std::size_t changed_ = 0;
};

}  // namespace weir::domain
