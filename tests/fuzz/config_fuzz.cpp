// Configuration files: any text either loads or gives errors that name the file and a place.
#include "schema/config/load.hpp"
#include "schema/types/assert.hpp"

#include <algorithm>

namespace {

/// A policy file that the text names tells of itself.
void check(const std::vector<std::string>& errors, const std::string& policy_file = {}) {
  for (const auto& error : errors)
    WEIR_ASSERT(error.starts_with("f:") ||
                (!policy_file.empty() && error.starts_with(policy_file + ":")));
}

bool permits_p0_in_the_cloud(const weir::PolicyRule& rule) {
  const auto holds = [](const auto& list, auto value) {
    return std::find(list.begin(), list.end(), value) != list.end();
  };
  return rule.permit && holds(rule.grades, weir::Grade::p0) && holds(rule.tiers, weir::Tier::l2);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text{reinterpret_cast<const char*>(data), size};
  const auto coordinator = weir::config::parse_coordinator(text, "f", "");
  check(coordinator.errors, coordinator.settings.policy_file);
  const auto agent = weir::config::parse_agent(text, "f", "");
  check(agent.errors, agent.settings.policy_file);
  if (agent.errors.empty() && agent.settings.tier == weir::Tier::l2)
    WEIR_ASSERT(!agent.settings.accepts.p0);
  const auto policy = weir::config::parse_policy(text, "f", "");
  check(policy.errors);
  if (policy.errors.empty())
    for (const auto& rule : policy.settings.rules) WEIR_ASSERT(!permits_p0_in_the_cloud(rule));
  return 0;
}
