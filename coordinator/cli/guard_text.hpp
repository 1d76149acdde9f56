// What `weir guard` prints: types, places and counts, never what stands there. Pure.
#pragma once

#include "coordinator/cli/text.hpp"
#include "schema/types/sensitive.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace weir::cli {

/// `{"id":…,"grade":…,"spans":[{"start","end","type","confidence"}]}`: offsets in code points,
/// confidence 0 .. 1; with `all_types` false without MAC_ADDRESS, PHONE, CONTRACT, FINANCE and
/// UNREADABLE, which count into the grade all the same. `id` is JSON already.
std::string scan_line(const std::string& id, std::string_view text, const Scan& scan,
                      bool all_types);
/// A table of the findings by line and column, and the grade.
std::string scan_text(std::string_view text, const Scan& scan, const Look& look);
/// What was found in a request; nullopt: `json` is not an explanation.
std::optional<std::string> found_text(const std::string& json, const Look& look);

}  // namespace weir::cli
