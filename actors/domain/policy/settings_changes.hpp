// What changes beside the rules when one policy replaces another.
#pragma once

#include "schema/types/policy.hpp"

#include <string>
#include <vector>

namespace weir::domain {

/// One line each: "detector IP_ADDRESS: grade P1, now P2". Floors, grades, thresholds, redaction;
/// of the lexicons and allowed texts their sizes, never a term.
std::vector<std::string> settings_changes(const PolicySettings& before,
                                          const PolicySettings& after);

}  // namespace weir::domain
