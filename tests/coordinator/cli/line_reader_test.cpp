#include "coordinator/cli/line_reader.hpp"

#include "tests/coordinator/cli/program.hpp"

#include <doctest/doctest.h>

#include <fstream>

namespace {

using namespace weir::cli;
using weir::cli::testing::Folder;
using Read = LineReader::Read;

std::string file_with(const Folder& folder, const std::string& text) {
  const auto file = (folder.path / "f").string();
  std::ofstream{file, std::ios::binary} << text;
  return file;
}

}  // namespace

TEST_CASE("line reader: lines with numbers and offsets, the last without a line feed") {
  const Folder folder;
  auto reader = LineReader::open(file_with(folder, "eins\n\ndrei"), 100);
  REQUIRE(reader);
  CHECK(reader->next() == Read::line);
  CHECK(reader->text() == "eins");
  CHECK(reader->terminated());
  CHECK(reader->next() == Read::line);
  CHECK(reader->text().empty());
  CHECK(reader->next() == Read::line);
  CHECK(reader->text() == "drei");
  CHECK(reader->number() == 3);
  CHECK(reader->offset() == 6);
  CHECK_FALSE(reader->terminated());
  CHECK(reader->read_bytes() == 10);
  CHECK(reader->next() == Read::end);
  CHECK(reader->next() == Read::end);
}

TEST_CASE("line reader: lines longer than a chunk pass, one above the limit does not") {
  const Folder folder;
  const std::string big(700'000, 'x');
  auto reader = LineReader::open(file_with(folder, big + "\n" + big + "y\nz\n"), big.size());
  REQUIRE(reader);
  CHECK(reader->next() == Read::line);
  CHECK(reader->text().size() == big.size());
  CHECK(reader->next() == Read::too_long);
  CHECK(reader->number() == 2);
}

TEST_CASE("line reader: an empty file has no line, a folder is refused") {
  const Folder folder;
  auto empty = LineReader::open(file_with(folder, ""), 100);
  REQUIRE(empty);
  CHECK(empty->next() == Read::end);
  CHECK_FALSE(LineReader::open(folder.path.string(), 100));
  CHECK_FALSE(LineReader::open("/nowhere/x", 100));
}
