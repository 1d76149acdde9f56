// How `weir top` looks. Pure.
#pragma once

#include "coordinator/cli/text.hpp"
#include "coordinator/cli/top_state.hpp"

#include <cstddef>
#include <string>

namespace weir::cli {

/// At most `height` lines (0: as many as there are) of at most look.width columns, each with its
/// line feed. Columns that do not fit are dropped, the least important first; rows that do not
/// fit are summed in a last one. From 20 columns and 6 lines on.
std::string top_text(const TopState& state, const Look& look, std::size_t height);

}  // namespace weir::cli
