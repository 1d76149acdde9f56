// What tests/tidy reads: every source of the project, line by line.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace weir::tidy {

struct Source {
  std::string path;  ///< from the repository root
  std::vector<std::string> lines;
};

inline std::vector<std::string> read_lines(const std::filesystem::path& file) {
  std::ifstream in{file};
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// All files below the code folders whose name ends in one of `endings`.
inline std::vector<Source> sources(const std::vector<std::string>& endings) {
  const std::filesystem::path root{WEIR_ROOT};
  std::vector<Source> found;
  for (const char* top : {"schema", "actors", "node-agent", "coordinator", "tests", "examples"})
    for (const auto& entry : std::filesystem::recursive_directory_iterator{root / top}) {
      if (!entry.is_regular_file()) continue;
      const auto ending = entry.path().extension().string();
      if (std::find(endings.begin(), endings.end(), ending) == endings.end()) continue;
      found.push_back({entry.path().lexically_relative(root).string(), read_lines(entry.path())});
    }
  std::sort(found.begin(), found.end(),
            [](const Source& a, const Source& b) { return a.path < b.path; });
  return found;
}

inline std::string place(const Source& source, std::size_t line) {
  return source.path + ":" + std::to_string(line + 1);
}

}  // namespace weir::tidy
