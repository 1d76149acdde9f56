// A folder that goes with its test.
#pragma once

#include <doctest/doctest.h>
#include <unistd.h>
#include <filesystem>
#include <fstream>
#include <string>

namespace weir::test {

struct Folder {
  Folder() {
    auto pattern = (std::filesystem::temp_directory_path() / "weir-probe-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    dir = pattern;
  }
  ~Folder() { std::filesystem::remove_all(dir); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  /// Makes the folders that are missing.
  void write(const std::string& name, const std::string& text) const {
    const std::filesystem::path path = dir + "/" + name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream{path} << text;
  }
  std::string dir;
};

}  // namespace weir::test
