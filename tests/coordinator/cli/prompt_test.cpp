#include "coordinator/cli/prompt.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace {

using namespace weir::cli;
namespace fs = std::filesystem;

struct Folder {
  Folder() {
    auto name = (fs::temp_directory_path() / "weir-prompt-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~Folder() { fs::remove_all(path); }
  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream{path / name, std::ios::binary} << text;
    return (path / name).string();
  }
  fs::path path;
};

}  // namespace

TEST_CASE("prompt: files follow in order under their names, without their folders") {
  const Folder folder;
  const auto all =
      prompt_with_files("Compare:", {folder.file("a.txt", "eins"), folder.file("b.txt", "zwei")});
  REQUIRE(all);
  CHECK(*all ==
        "Compare:\n\nFile a.txt:\neins\n(end of a.txt)\n\nFile b.txt:\nzwei\n(end of b.txt)");
  CHECK(*prompt_with_files("alone", {}) == "alone");
}

TEST_CASE("prompt: what cannot be sent is refused with the file's name") {
  const Folder folder;
  const auto detail = [](const std::string& prompt, std::vector<std::string> files) {
    const auto all = prompt_with_files(prompt, files);
    return all ? std::string{"accepted"} : all.error().detail;
  };
  const auto binary = folder.file("x.bin", "a\xff\xfe");
  CHECK(detail("p", {binary}) == binary + ": is not UTF-8 text");
  CHECK(detail("p", {folder.path.string()}) == folder.path.string() + ": is a directory");
  CHECK(detail("p", {"/nowhere/x"}) == "/nowhere/x: No such file or directory");
  CHECK(detail("\xff", {}) == "the prompt is not UTF-8");
}

TEST_CASE("prompt: exactly 8 MiB pass, one byte more does not") {
  const Folder folder;
  CHECK(prompt_with_files(std::string(prompt_bytes_max, 'x'), {}));
  CHECK_FALSE(prompt_with_files(std::string(prompt_bytes_max + 1, 'x'), {}));
  const auto around = std::string{"\n\nFile a:\n\n(end of a)"}.size();
  const auto fits = folder.file("a", std::string(prompt_bytes_max - around - 1, 'x'));
  const auto exact = prompt_with_files("p", {fits});
  REQUIRE(exact);
  CHECK(exact->size() == prompt_bytes_max);
  CHECK_FALSE(prompt_with_files("pp", {fits}));
}
