// The whole text of a small file, such as those of /proc.
#pragma once

#include <fstream>
#include <optional>
#include <sstream>
#include <string>

namespace weir::probe {

/// nullopt: it cannot be read.
inline std::optional<std::string> read_file(const std::string& path) {
  std::ifstream in{path};
  std::ostringstream text;
  if (!in || (in.peek() != std::ifstream::traits_type::eof() && !(text << in.rdbuf())))
    return std::nullopt;
  return in.bad() ? std::nullopt : std::optional{text.str()};
}

}  // namespace weir::probe
