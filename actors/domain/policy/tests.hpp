// A policy file's own tests.
#pragma once

#include "schema/types/policy.hpp"

#include <string>
#include <vector>

namespace weir::domain {

/// One line for each test of the policy that its rules fail, in order, as an error of its file:
/// "file:line:column: tests[3]: expected permit, the rules forbid it". Empty: all pass. O(tests *
/// rules).
std::vector<std::string> failed_tests(const PolicySettings& policy);

}  // namespace weir::domain
