#include "schema/types/policy.hpp"

namespace weir {

std::vector<PolicyRule> PolicySettings::factory_rules() {
  return {{.permit = true, .tiers = {Tier::l0, Tier::l1}},
          {.permit = true, .grades = {Grade::p1, Grade::p2}, .tiers = {Tier::l2}}};
}

}  // namespace weir
