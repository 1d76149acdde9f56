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
      read_prompt("Compare:", {folder.file("a.txt", "eins"), folder.file("b.txt", "zwei\n")});
  REQUIRE(all);
  CHECK(all->text == "Compare:\n\nFile a.txt:\n```\neins\n```\n\nFile b.txt:\n```\nzwei\n```");
  CHECK(read_prompt("alone", {})->text == "alone");
}

TEST_CASE("prompt: a fence is longer than any that stands in the file") {
  const Folder folder;
  const auto all = read_prompt("p", {folder.file("a.md", "```c\n````\nx")});
  REQUIRE(all);
  CHECK(all->text == "p\n\nFile a.md:\n`````\n```c\n````\nx\n`````");
}

TEST_CASE("prompt: images by their first bytes, as data URLs") {
  const Folder folder;
  const std::string png = "\x89PNG\r\n\x1a\n....";
  const auto all = read_prompt("What?", {folder.file("a.txt", png), folder.file("b", "text")});
  REQUIRE(all);
  CHECK(all->images == std::vector<std::string>{"data:image/png;base64," + base64(png)});
  CHECK(all->text == "What?\n\nFile b:\n```\ntext\n```");
  CHECK(image_type("\xff\xd8\xff\xe0") == "image/jpeg");
  CHECK(image_type("GIF89a") == "image/gif");
  CHECK(image_type("RIFF1234WEBPVP8 ") == "image/webp");
  CHECK(image_type("RIFF1234WAVE") == "");
  CHECK(image_type("") == "");
}

TEST_CASE("prompt: base64 as RFC 4648 has it") {
  CHECK(base64("") == "");
  CHECK(base64("f") == "Zg==");
  CHECK(base64("fo") == "Zm8=");
  CHECK(base64("foo") == "Zm9v");
  CHECK(base64("foobar") == "Zm9vYmFy");
  CHECK(base64("\xff\xfe\xfd") == "//79");
}

TEST_CASE("prompt: what cannot be sent is refused with the file's name") {
  const Folder folder;
  const auto detail = [](const std::string& prompt, std::vector<std::string> files) {
    const auto all = read_prompt(prompt, files);
    return all ? std::string{"accepted"} : all.error().detail;
  };
  for (const auto& bytes : {std::string{"a\xff\xfe"}, std::string{"a\0b", 3}}) {
    const auto binary = folder.file("x.bin", bytes);
    CHECK(detail("p", {binary}) ==
          binary + ": is neither UTF-8 text nor a PNG, JPEG, GIF or WebP image");
  }
  CHECK(detail("p", {folder.path.string()}) == folder.path.string() + ": is a directory");
  CHECK(detail("p", {"/nowhere/x"}) == "/nowhere/x: No such file or directory");
  CHECK(detail("\xff", {}) == "the prompt is not UTF-8 text");
  const auto big = folder.file("big", std::string(prompt_bytes_max + 1, 'x'));
  CHECK(detail("p", {big}) == big + ": prompt and files are more than 8 MiB together");
  const auto image = folder.file("i", "GIF89a" + std::string(image_bytes_max, 'x'));
  CHECK(detail("p", {image}) == image + ": the images are more than 16 MiB together");
}

TEST_CASE("prompt: exactly 8 MiB pass, one byte more does not") {
  const Folder folder;
  CHECK(read_prompt(std::string(prompt_bytes_max, 'x'), {}));
  CHECK_FALSE(read_prompt(std::string(prompt_bytes_max + 1, 'x'), {}));
  const auto around = std::string{"\n\nFile a:\n```\n\n```"}.size();
  const auto fits = folder.file("a", std::string(prompt_bytes_max - around - 1, 'x'));
  const auto exact = read_prompt("p", {fits});
  REQUIRE(exact);
  CHECK(exact->text.size() == prompt_bytes_max);
  CHECK_FALSE(read_prompt("pp", {fits}));
}
