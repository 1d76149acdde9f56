// What `weir policy` prints. Pure.
#pragma once

#include "actors/domain/policy/rows.hpp"
#include "coordinator/cli/text.hpp"

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace weir::cli {

/// The rows under titles, the verdict of `after` under `verdict`. Long cells take several lines;
/// attributes that make no difference in any row are told below instead of in a column.
std::string policy_rows_text(const domain::PolicyRows& rows, const char* verdict, const Look& look);
/// An object for each row: the verdict of `after` under `verdict_key`, "before" where that is
/// another. Attributes that a row leaves open are absent; {"any_but":[…]} stands for all other
/// names.
nlohmann::json policy_rows_json(const domain::PolicyRows& rows, const char* verdict_key);
/// Indented lines, wrapped.
std::string indented_lines(const std::vector<std::string>& lines, const Look& look);

}  // namespace weir::cli
