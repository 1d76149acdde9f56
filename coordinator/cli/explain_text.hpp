// What `weir explain` prints, and the line below an answer of `weir run`. Pure.
#pragma once

#include "coordinator/cli/text.hpp"

#include <optional>
#include <string>

namespace weir::cli {

/// nullopt: `json` is not an explanation.
std::optional<std::string> explain_text(const std::string& json, const Look& look);

/// Where an answer ran. Empty and absent parts are left out.
struct Ran {
  std::string node, tier, grade, grade_why, model, why, request;
  std::optional<std::uint64_t> first_token_ms;  ///< as the caller saw it
};
/// What the explanation knows better than the answer's headers: the last attempt, and why.
void fill_from_explanation(const std::string& json, Ran& ran);
/// "[ran on ws-1 (L0), grade P0 (default), model x, 123 ms to first token; why; weir explain r]"
std::string ran_text(const Ran& ran);

}  // namespace weir::cli
