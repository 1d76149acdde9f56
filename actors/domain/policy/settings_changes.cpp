#include "actors/domain/policy/settings_changes.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

namespace weir::domain {
namespace {

using Lines = std::vector<std::string>;

void change(Lines& lines, const std::string& what, const std::string& before,
            const std::string& after) {
  if (before != after) lines.push_back(what + " " + before + ", now " + after);
}

std::map<std::string, Grade> by_tenant(const std::vector<GradeFloor>& floors) {
  std::map<std::string, Grade> all;
  for (const auto& floor : floors) {
    const auto known = all.emplace(floor.tenant, floor.at_least).first;
    known->second = strictest(known->second, floor.at_least);
  }
  return all;
}

void floors(Lines& lines, const PolicySettings& before, const PolicySettings& after) {
  const auto old = by_tenant(before.floors), fresh = by_tenant(after.floors);
  std::set<std::string> tenants;
  for (const auto* all : {&old, &fresh})
    for (const auto& [tenant, at_least] : *all) tenants.insert(tenant);
  const auto text = [](const std::map<std::string, Grade>& all, const std::string& tenant) {
    const auto found = all.find(tenant);
    return found == all.end() ? std::string{"none"} : std::string{name_of(found->second)};
  };
  for (const auto& tenant : tenants)
    change(lines, "floor of " + tenant + ":", text(old, tenant), text(fresh, tenant));
}

/// Percent as the file writes it.
std::string confidence(std::uint8_t percent) {
  const auto hundredths = std::to_string(percent % 100);
  return std::to_string(percent / 100) + (hundredths.size() == 1 ? ".0" : ".") + hundredths;
}

void terms(Lines& lines, const std::string& what, const std::vector<std::string>& before,
           const std::vector<std::string>& after) {
  const std::set<std::string> old{before.begin(), before.end()}, fresh{after.begin(), after.end()};
  Lines gone, added;
  std::set_difference(old.begin(), old.end(), fresh.begin(), fresh.end(), std::back_inserter(gone));
  std::set_difference(fresh.begin(), fresh.end(), old.begin(), old.end(),
                      std::back_inserter(added));
  if (gone.empty() && added.empty()) return;
  lines.push_back(what + ": " + std::to_string(old.size()) + " of the file, now " +
                  std::to_string(fresh.size()) + " (" + std::to_string(added.size()) + " added, " +
                  std::to_string(gone.size()) + " removed)");
}

}  // namespace

std::vector<std::string> settings_changes(const PolicySettings& before,
                                          const PolicySettings& after) {
  Lines lines;
  floors(lines, before, after);
  const auto &old = before.detector, &fresh = after.detector;
  for (std::size_t i = 0; i < sensitive_kinds; ++i) {
    const auto what = "detector " + std::string{name_of(static_cast<Sensitive>(i))} + ": ";
    change(lines, what + "grade", std::string{name_of(old.grades[i])},
           std::string{name_of(fresh.grades[i])});
    change(lines, what + "at least", confidence(old.at_least[i]), confidence(fresh.at_least[i]));
  }
  terms(lines, "lexicon contract", old.contract_terms, fresh.contract_terms);
  terms(lines, "lexicon finance", old.finance_terms, fresh.finance_terms);
  terms(lines, "allowed texts", old.allowed, fresh.allowed);
  const auto redaction = [](const PolicySettings& s) { return s.redact_p1 ? "replace" : "keep"; };
  change(lines, "redaction of P1:", redaction(before), redaction(after));
  return lines;
}

}  // namespace weir::domain
