// What `weir batch` says besides its progress bar. Pure.
#pragma once

#include "coordinator/cli/batch_progress.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace weir::cli {

struct BatchEnd {
  std::string file, out;
  BatchCounts counts;
  std::uint64_t elapsed_ms = 0;       ///< 0: nothing was to do
  std::vector<std::string> given_up;  ///< the first of them
  std::string failure;                ///< why it ended early, or is not stored; empty: neither
  bool stopped = false;               ///< by Ctrl-C or SIGTERM
};

/// Whether all is answered and safely stored.
bool complete(const BatchEnd& end);
/// FILE without ".jsonl", and ".out.jsonl".
std::string default_out(const std::string& file);
std::string summary_text(const BatchEnd& end, const Look& look);
/// One line, as all that follow.
std::string summary_json(const BatchEnd& end);
std::string progress_json(const BatchCounts& counts, const BatchRates& rates);
std::string problems_json(const std::string& file, const std::vector<std::string>& problems,
                          std::size_t total);

}  // namespace weir::cli
