// Replacing a few byte ranges of a text; every other byte stays.
#pragma once

#include "schema/dialect/openai.hpp"

#include <span>
#include <string>
#include <string_view>

namespace weir::dialect::openai {

/// `with` takes the place of `range`; an empty range inserts.
struct Edit {
  Range range;
  std::string_view with;
};

/// Appends `text` with the edits made, which must lie within it and not overlap. Sorts `edits`.
void append_spliced(std::string& out, std::string_view text, std::span<Edit> edits);

}  // namespace weir::dialect::openai
