// Explanations as JSON text, for the store.
#pragma once

#include "schema/types/brain.hpp"
#include "schema/types/result.hpp"

#include <string>

namespace weir::store {

std::string to_json(const Explanation& explanation);
/// errors  internal: not what to_json makes.
Result<Explanation> from_json(const std::string& text);

}  // namespace weir::store
