// Where the strings of a JSON document stand.
#pragma once

#include "actors/domain/grading/layer.hpp"

#include <string_view>
#include <vector>

namespace weir::domain {

/// Whether `document` is JSON, not too deep and in UTF-8. O(document).
bool is_json(std::string_view document);

struct JsonStrings {
  std::vector<Span> texts;      ///< string values without their quotes, but for roles, types, names
  std::vector<Span> token_ids;  ///< arrays of numbers where a prompt is expected
};
/// Of a document that is JSON.
JsonStrings json_strings(std::string_view document);

}  // namespace weir::domain
