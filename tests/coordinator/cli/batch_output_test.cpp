#include "coordinator/cli/batch_output.hpp"

#include "tests/coordinator/cli/batch_file.hpp"

#include <doctest/doctest.h>

namespace {

using namespace weir::cli;
using namespace weir::cli::testing;

const auto ignore = [](const AnsweredLine&) {};

std::string answer(const std::string& id) {
  return answer_line("00", id, {200, "req", "{}", {}, {}, {}});
}

}  // namespace

TEST_CASE("batch output: what stands in it is told, lines are appended") {
  const Folder folder;
  const auto file = write_file(folder, "out", answer("a") + answer("b"));
  std::string seen;
  {
    auto output = BatchOutput::open(file, "in", [&](const auto& line) { seen += line.custom_id; });
    REQUIRE(output);
    CHECK(output->append(answer("c")));
    CHECK(output->sync());
  }
  CHECK(seen == "ab");
  CHECK(read_file(file) == answer("a") + answer("b") + answer("c"));
}

TEST_CASE("batch output: a last line torn anywhere is cut, whole lines stay") {
  const Folder folder;
  const auto last = answer("b");
  for (std::size_t n = 1; n < last.size(); ++n) {
    const auto file = write_file(folder, "out", answer("a") + last.substr(0, n));
    auto output = BatchOutput::open(file, "in", ignore);
    REQUIRE(output);
    CHECK(output->cut_bytes() == n);
    CHECK(output->append(last));
    CHECK(read_file(file) == answer("a") + last);
  }
}

TEST_CASE("batch output: another program's file is refused and left as it is") {
  const Folder folder;
  for (const auto& text : {std::string{"notes"}, std::string{"notes\n"}, answer("a") + "notes",
                           std::string{"{}\n"}, answer("a") + "\n" + answer("b")}) {
    const auto file = write_file(folder, "out", text);
    CHECK_FALSE(BatchOutput::open(file, "in", ignore));
    CHECK(read_file(file) == text);
  }
  const auto file = write_file(folder, "in", batch_line("a"));
  CHECK_FALSE(BatchOutput::open(file, file, ignore));
  CHECK_FALSE(BatchOutput::open(folder.path.string(), "in", ignore));
}

TEST_CASE("batch output: one writer at a time; a file made anew has another identity") {
  const Folder folder;
  const auto file = (folder.path / "out").string();
  std::string first;
  {
    auto output = BatchOutput::open(file, "in", ignore);
    REQUIRE(output);
    first = output->identity();
    const auto second = BatchOutput::open(file, "in", ignore);
    REQUIRE_FALSE(second);
    CHECK(second.error().detail == file + ": another weir batch writes to it");
  }
  CHECK(BatchOutput::open(file, "in", ignore)->identity() == first);
  const auto other = (folder.path / "other").string();
  CHECK(BatchOutput::open(other, "in", ignore)->identity() != first);
}

TEST_CASE("batch output: what cannot be stored is told") {
  const Folder folder;
  auto output = BatchOutput::open((folder.path / "out").string(), "in", ignore);
  REQUIRE(output);
  const auto taken = std::move(*output);  // what is left has no file
  CHECK(taken.sync());
  CHECK_FALSE(output->sync());
}
