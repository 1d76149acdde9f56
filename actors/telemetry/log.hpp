// Logs: one line an event, "key=value" fields, to stderr. Prompt or answer text, keys and
// credentials are never logged; ids, names, counts and durations are.
#pragma once

#include <spdlog/spdlog.h>
#include <string>

namespace weir::telemetry {

/// Sets up the process's logger. `level`: trace, debug, info, warn, error, off; anything else
/// is info. The environment variable WEIR_LOG overrides it.
void init_logging(const std::string& program, const std::string& level = "info");

}  // namespace weir::telemetry
