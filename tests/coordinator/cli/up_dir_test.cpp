#include "coordinator/cli/up_dir.hpp"

#include "tests/coordinator/cli/batch_file.hpp"

#include <doctest/doctest.h>

namespace {

using namespace weir::cli;
using namespace weir::cli::testing;
namespace fs = std::filesystem;

}  // namespace

TEST_CASE("up dir: what is written is a new file of its owner's, whatever stood there") {
  const Folder folder;
  const auto dir = UpDir::open((folder.path / "d").string());
  REQUIRE(dir);
  const auto other = write_file(folder, "other", "keep");
  const fs::path old = dir->file("old"), link = dir->file("link");
  std::ofstream{old} << "a longer text";
  fs::permissions(old, fs::perms::all);
  fs::create_symlink(other, link);
  for (const auto* name : {"old", "link", "new"}) {
    CHECK(dir->write(name, "text"));
    CHECK(dir->read(name) == "text");
    const auto facts = fs::symlink_status(dir->file(name));
    CHECK(fs::is_regular_file(facts));
    CHECK(facts.permissions() == (fs::perms::owner_read | fs::perms::owner_write));
  }
  CHECK(read_file(other) == "keep");
  fs::create_directory(dir->file("folder"));
  CHECK_FALSE(dir->write("folder", "text"));
  dir->remove("old");
  dir->remove("old");
  CHECK_FALSE(fs::exists(old));
}
