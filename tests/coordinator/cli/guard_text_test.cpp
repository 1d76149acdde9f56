#include "coordinator/cli/guard_text.hpp"

#include "actors/domain/grading/detector.hpp"
#include "tests/coordinator/cli/program.hpp"

#include <doctest/doctest.h>

#include <fstream>

using namespace weir;
using namespace weir::cli;

namespace {

const domain::Detector& detector() {
  static const auto made = domain::Detector::make(DetectorRules{});
  REQUIRE(made);
  return **made;
}

}  // namespace

TEST_CASE("guard scan: places by line and column, and no value") {
  const std::string text = "你好\n手机 13812345678, a@firm.cn\n";
  const auto out = scan_text(text, detector().scan(text), Look{});
  CHECK(out.find("CN_MOBILE") != out.npos);
  CHECK(out.find("2:4") != out.npos);
  CHECK(out.find("2:17") != out.npos);
  CHECK(out.find("grade P1") != out.npos);
  CHECK(out.find("138") == out.npos);
  CHECK(scan_text("hello", detector().scan("hello"), Look{}) == "grade P2 (nothing was found)\n");
}

TEST_CASE("guard scan: lines give spans in code points, and keep their ids") {
  const std::string text = "😀手机13812345678";
  const auto answer = scan_line("7", text, detector().scan(text), false);
  CHECK(answer.find(R"("id":7)") != answer.npos);
  CHECK(answer.find(R"("start":3)") != answer.npos);
  CHECK(answer.find(R"("end":14)") != answer.npos);
}

TEST_CASE("guard scan: other types count into the grade, and are shown where asked for") {
  const std::string text = "张伟 月薪 38,000元, mac 3c:22:fb:01:9a:7e";
  const auto scan = detector().scan(text);
  const auto few = scan_line("1", text, scan, false), all = scan_line("1", text, scan, true);
  CHECK(few.find("FINANCE") == few.npos);
  CHECK(few.find(R"("grade":"P0")") != few.npos);
  CHECK(all.find("FINANCE") != all.npos);
  CHECK(all.find("MAC_ADDRESS") != all.npos);
}

TEST_CASE("guard: what was found in a request is told as types and counts") {
  const auto told = found_text(
      R"({"request":"req-1","grade":"P1","grade_why":"detector","found":{"EMAIL":2}})", Look{});
  REQUIRE(told);
  CHECK(told->find("EMAIL") != told->npos);
  CHECK(told->find("grade P1 (detector)") != told->npos);
  CHECK_FALSE(found_text("{}", Look{}));
}

TEST_CASE("guard scan: a bad line is told with its number and the rest goes on") {
  testing::Folder folder;
  const auto file = (folder.path / "in.jsonl").string();
  std::ofstream{file} << "{\"id\":1,\"text\":\"hi\"}\nnonsense\n{\"id\":3,\"text\":\"hi\"}\n";
  testing::Program weir{testing::weir_program(), {"guard", "scan", "--jsonl", file}};
  CHECK(weir.exit_code() == 1);
  CHECK(weir.err.find("line 2:") != std::string::npos);
  CHECK(weir.out.find("\"id\":1") != std::string::npos);
  CHECK(weir.out.find("\"id\":3") != std::string::npos);
  testing::Program absent{testing::weir_program(), {"guard", "scan", file + "x"}};
  CHECK(absent.exit_code() == 2);
}
