// Batch files for tests.
#pragma once

#include "tests/coordinator/cli/program.hpp"

#include <fstream>
#include <iterator>
#include <string>

namespace weir::cli::testing {

inline std::string batch_line(const std::string& id) {
  return R"({"custom_id":")" + id +
         R"(","method":"POST","url":"/v1/chat/completions","body":{"model":"m","messages":[]}})"
         "\n";
}

inline std::string write_file(const Folder& folder, const std::string& name,
                              const std::string& text) {
  const auto file = (folder.path / name).string();
  std::ofstream{file, std::ios::binary} << text;
  return file;
}

inline std::string read_file(const std::string& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

}  // namespace weir::cli::testing
