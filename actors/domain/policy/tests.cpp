#include "actors/domain/policy/tests.hpp"

#include "actors/domain/policy/gate.hpp"

#include <optional>

namespace weir::domain {
namespace {

/// The first provider of the test with the other verdict; nullopt where it passes.
std::optional<EngineKind> failed_with(const std::vector<PolicyRule>& rules,
                                      const PolicyTest& test) {
  const PolicyGate gate{rules, {test.asked.grade, test.asked.tenant, test.asked.features}};
  for (const auto provider : engine_kinds) {
    if (!test.every_provider && provider != test.asked.provider) continue;
    if (gate.permits({test.asked.tier, test.asked.region, provider}) != test.permit)
      return provider;
  }
  return std::nullopt;
}

std::string line_of(const PolicyTest& test, std::size_t number, EngineKind provider) {
  const bool compiled_in = test.asked.grade == Grade::p0 && test.asked.tier == Tier::l2;
  auto line = test.where + (test.where.empty() ? "" : ": ") + "tests[" + std::to_string(number) +
              "]: expected " +
              (!test.permit  ? "forbid, the rules permit it"
               : compiled_in ? "permit, but P0 never goes to L2"
                             : "permit, the rules forbid it");
  if (test.every_provider) line += " (provider " + std::string{name_of(provider)} + ")";
  return line;
}

}  // namespace

std::vector<std::string> failed_tests(const PolicySettings& policy) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < policy.tests.size(); ++i)
    if (const auto provider = failed_with(policy.rules, policy.tests[i]))
      lines.push_back(line_of(policy.tests[i], i, *provider));
  return lines;
}

}  // namespace weir::domain
