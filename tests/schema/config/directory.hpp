// A directory that goes with its test.
#pragma once

#include <doctest/doctest.h>
#include <stdlib.h>
#include <filesystem>
#include <fstream>
#include <string>

namespace weir::testing {

struct Directory {
  std::filesystem::path path;
  Directory() {
    auto name = (std::filesystem::temp_directory_path() / "weir-config-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Directory() { std::filesystem::remove_all(path); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream{path / name} << text;
    return (path / name).string();
  }
};

}  // namespace weir::testing
