// A prompt with the files that belong to it.
#pragma once

#include "schema/types/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace weir::cli {

/// Prompt and text files together.
inline constexpr std::size_t prompt_bytes_max = std::size_t{8} << 20U;
/// All images together, as files.
inline constexpr std::size_t image_bytes_max = std::size_t{16} << 20U;

struct Prompt {
  std::string text;
  std::vector<std::string> images;  ///< as data URLs, in the files' order
};

/// `prompt`, then each text file under its name, in a fence that its text cannot end. PNG, JPEG,
/// GIF and WebP files, told by their first bytes, become images. "-" as the prompt or as a file is
/// standard input, once.
/// errors  invalid_config naming the file: not readable, neither UTF-8 text nor an image, or above
///         a limit. A file is read only as far as its limit allows.
Result<Prompt> read_prompt(const std::string& prompt, const std::vector<std::string>& files);

/// "image/png" and the like; empty: no image that models take.
std::string_view image_type(std::string_view bytes);
std::string base64(std::string_view bytes);

}  // namespace weir::cli
