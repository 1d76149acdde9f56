// What is no secret though it stands where one would.
#pragma once

#include "actors/domain/grading/reading.hpp"

namespace weir::domain {

/// "${VAR}", "<token>", "xxxx", "YOUR_KEY", "changeme".
bool placeholder(std::string_view value);
/// A word that documents write for a password.
bool common_example(std::string_view value);

}  // namespace weir::domain
