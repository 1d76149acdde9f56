#include "actors/domain/policy/gate.hpp"
#include "actors/domain/policy/matches.hpp"

namespace weir::domain {
namespace {

bool concerns(const PolicyRule& rule, const PolicySubject& subject) {
  return matches(rule.grades, subject.grade) && matches(rule.tenants, subject.tenant) &&
         (rule.features == 0 || (rule.features & subject.features) != 0);
}

}  // namespace

PolicyGate::PolicyGate(const std::vector<PolicyRule>& rules, const PolicySubject& subject)
    : grade_{subject.grade} {
  for (const auto& rule : rules) {
    if (!concerns(rule, subject)) continue;
    left_.push_back({rule.permit, rule.tiers, rule.regions, rule.providers});
    by_region_ = by_region_ || !rule.regions.empty();
  }
}

bool permits(const std::vector<PolicyRule>& rules, const PolicyCase& asked) {
  const PolicyGate gate{rules, {asked.grade, asked.tenant, asked.features}};
  return gate.permits({asked.tier, asked.region, asked.provider});
}

}  // namespace weir::domain
