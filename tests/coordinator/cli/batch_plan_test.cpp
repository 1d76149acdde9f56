#include "coordinator/cli/batch_plan.hpp"

#include "tests/coordinator/cli/batch_file.hpp"

#include <doctest/doctest.h>

namespace {

using namespace weir::cli;
using namespace weir::cli::testing;

BatchPlan plan_of(const std::string& file) {
  auto plan = BatchPlan::read(file, [](std::uint64_t) { return true; });
  REQUIRE(plan);
  return std::move(*plan);
}

}  // namespace

TEST_CASE("batch plan: requests are counted, blank lines are not, done ones are marked by id") {
  const Folder folder;
  const auto file =
      write_file(folder, "b", batch_line("a") + "\n  \n" + batch_line("b") + batch_line("c"));
  auto plan = plan_of(file);
  CHECK(plan.problems().empty());
  CHECK(plan.requests() == 3);
  CHECK(plan.mark_done("b"));
  CHECK(plan.mark_done("b"));
  CHECK_FALSE(plan.mark_done("x"));
  plan.forget_ids();
  CHECK(plan.done() == 1);
  CHECK_FALSE(plan.is_done(1));
  CHECK(plan.is_done(4));
  CHECK_FALSE(plan.is_done(5));
}

TEST_CASE("batch plan: every problem with file and line; a name that stands twice is one") {
  const Folder folder;
  const auto file = write_file(folder, "b", batch_line("a") + "{\n" + batch_line("a") + "[]\n");
  const auto plan = plan_of(file);
  CHECK(plan.problems() ==
        std::vector<std::string>{file + ":2: is not JSON", file + ":4: is not a JSON object",
                                 file + ":3: custom_id stands already in line 1"});
  std::string many;
  for (int i = 0; i < 50; ++i) many += "x\n";
  const auto bad = plan_of(write_file(folder, "c", many));
  CHECK(bad.problems().size() == batch_problems_max);
  CHECK(bad.problems_total() == 50);
}

TEST_CASE("batch plan: keys are the same on every run, and differ by contents, output and id") {
  const Folder folder;
  const auto file = write_file(folder, "b", batch_line("a") + batch_line("b"));
  const auto plan = plan_of(file), again = plan_of(file);
  const auto other = plan_of(write_file(folder, "c", batch_line("a")));
  CHECK(plan.key_of("out", "a") == again.key_of("out", "a"));
  CHECK(plan.key_of("out", "a") != plan.key_of("out", "b"));
  CHECK(plan.key_of("out", "a") != plan.key_of("out2", "a"));
  CHECK(plan.key_of("out", "a") != other.key_of("out", "a"));
}

TEST_CASE("batch plan: a file that cannot be read, and a reading that is stopped") {
  CHECK_FALSE(BatchPlan::read("/nowhere/x", [](std::uint64_t) { return true; }));
  const Folder folder;
  std::string many;
  for (int i = 0; i < 300; ++i) many += batch_line(std::to_string(i));
  const auto plan =
      BatchPlan::read(write_file(folder, "b", many), [](std::uint64_t) { return false; });
  REQUIRE_FALSE(plan);
  CHECK(plan.error().code == weir::Code::cancelled);
}
