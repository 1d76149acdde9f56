// A prompt with the files that belong to it.
#pragma once

#include "schema/types/result.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace weir::cli {

/// Prompt and files together.
inline constexpr std::size_t prompt_bytes_max = std::size_t{8} << 20U;

/// `prompt`, then each file's text under its name.
/// errors  invalid_config naming the file: not readable, not UTF-8, or above the limit. A file is
///         read only as far as the limit allows.
Result<std::string> prompt_with_files(const std::string& prompt,
                                      const std::vector<std::string>& files);

}  // namespace weir::cli
