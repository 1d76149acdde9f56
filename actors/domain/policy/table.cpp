#include "actors/domain/policy/table.hpp"

#include <algorithm>
#include <set>

namespace weir::domain {
namespace {

constexpr std::array grades{Grade::p0, Grade::p1, Grade::p2};
constexpr std::array tiers{Tier::l0, Tier::l1, Tier::l2};

std::vector<std::string> with_others(const std::set<std::string>& names) {
  std::vector<std::string> all{names.begin(), names.end()};
  all.emplace_back();
  return all;
}

/// Subset number `i` of the features: the last one changes first.
Features subset(const std::vector<Features>& features, std::size_t i) {
  Features all = 0;
  for (auto f = features.rbegin(); f != features.rend(); ++f, i /= 2)
    if (i % 2 != 0) all |= *f;
  return all;
}

}  // namespace

std::vector<std::size_t> PolicyValues::sizes() const {
  std::vector<std::size_t> all{grades.size(), tiers.size(), tenants.size(), regions.size(),
                               engine_kinds.size()};
  all.resize(all.size() + features.size(), 2);
  return all;
}

std::uint64_t PolicyValues::combinations() const {
  std::uint64_t all = 1;  // at most 45 * 1'000'001 * 1'000'001 * 2^7 where config read the rules
  for (const auto size : sizes()) all *= size;
  return all;
}

PolicyValues values_of(const std::vector<PolicyRule>& before,
                       const std::vector<PolicyRule>& after) {
  std::set<std::string> tenants, regions;
  Features named = 0;
  for (const auto* rules : {&before, &after})
    for (const auto& rule : *rules) {
      tenants.insert(rule.tenants.begin(), rule.tenants.end());
      regions.insert(rule.regions.begin(), rule.regions.end());
      named |= rule.features;
    }
  tenants.erase("");
  regions.erase("");
  PolicyValues values{with_others(tenants), with_others(regions), {}};
  for (Features bit = 1; bit != 0; bit <<= 1U)
    if ((named & bit) != 0) values.features.push_back(bit);
  return values;
}

Result<PolicyComparison> PolicyComparison::make(const std::vector<PolicyRule>& before,
                                                const std::vector<PolicyRule>& after) {
  auto values = values_of(before, after);
  const auto all = values.combinations();
  if (all > policy_combinations_max)
    return Error{Code::invalid_config, "the rules tell " + std::to_string(all) +
                                           " combinations of attributes apart; at most " +
                                           std::to_string(policy_combinations_max) +
                                           " can be judged"};
  PolicyComparison made{std::move(values)};
  made.verdicts_.assign(static_cast<std::size_t>(all), 0);
  made.judge(before, 1);
  made.judge(after, 2);
  for (const auto verdict : made.verdicts_) {
    made.permitted_ += (verdict & 2U) != 0 ? 1 : 0;
    made.changed_ += verdict == 1 || verdict == 2 ? 1 : 0;
  }
  return made;
}

void PolicyComparison::judge(const std::vector<PolicyRule>& rules, std::uint8_t bit) {
  const auto& [tenants, regions, features] = values_;
  const std::size_t subsets = std::size_t{1} << features.size();
  const std::size_t per_tenant = regions.size() * engine_kinds.size() * subsets;
  for (std::size_t g = 0; g < grades.size(); ++g)
    for (std::size_t t = 0; t < tenants.size(); ++t)
      for (std::size_t f = 0; f < subsets; ++f) {
        const PolicyGate gate{rules, {grades[g], tenants[t], subset(features, f)}};
        for (std::size_t l = 0; l < tiers.size(); ++l) {
          auto at = ((g * tiers.size() + l) * tenants.size() + t) * per_tenant + f;
          for (const auto& region : regions)
            for (const auto provider : engine_kinds) {
              if (gate.permits({tiers[l], region, provider})) verdicts_[at] |= bit;
              at += subsets;
            }
        }
      }
}

PolicyChange PolicyComparison::at(std::size_t i) const {
  PolicyChange change;
  change.before = (verdicts_[i] & 1U) != 0;
  change.after = (verdicts_[i] & 2U) != 0;
  const auto take = [&i](std::size_t size) {
    const auto value = i % size;
    i /= size;
    return value;
  };
  auto& asked = change.asked;
  asked.features = subset(values_.features, take(std::size_t{1} << values_.features.size()));
  asked.provider = engine_kinds[take(engine_kinds.size())];
  asked.region = values_.regions[take(values_.regions.size())];
  asked.tenant = values_.tenants[take(values_.tenants.size())];
  asked.tier = tiers[take(tiers.size())];
  asked.grade = grades[take(grades.size())];
  return change;
}

}  // namespace weir::domain
