// `weir policy` and `weir config check` of policy files, as users run them.
#include "tests/coordinator/cli/program.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>

namespace {

using namespace weir::cli::testing;

struct Ended {
  int code;
  std::string out, err;
};

Ended weir_with(std::vector<std::string> arguments) {
  Program program{weir_program(), std::move(arguments)};
  const int code = program.exit_code();
  return {code, program.out, program.err};
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string written(const Folder& folder, const char* name, const std::string& text) {
  const auto file = (folder.path / name).string();
  std::ofstream{file} << text;
  return file;
}

const std::string good_text =
    "detector: {types: {IP_ADDRESS: {grade: P2}}}\n"
    "rules:\n  - permit: {tier: [L0, L1]}\n  - permit: {grade: P2, tier: L2}\n"
    "tests:\n  - {grade: P1, tier: L2, expect: forbid}\n";

}  // namespace

TEST_CASE("weir policy check: tests, combinations, and what changes against the factory") {
  const Folder folder;
  const auto file = written(folder, "p.yaml", good_text);
  const auto ended = weir_with({"policy", "check", file});
  CHECK(ended.code == 0);
  CHECK(ended.err.empty());
  CHECK(ended.out == file +
                         ": ok; 2 rules, 1 test passed\n"
                         "45 combinations of attributes judged, 35 permitted\n"
                         "against the factory policy, 5 of them change:\n\n"
                         "  GRADE  TIER  NOW\n"
                         "  P1     L2    forbid\n"
                         "  for every tenant, region, provider and feature\n\n"
                         "beside the rules:\n"
                         "  detector IP_ADDRESS: grade P1, now P2\n");
  const auto same = weir_with({"policy", "check", file, "--against", file});
  CHECK(same.code == 0);
  CHECK(holds(same.out, "against " + file + ", no verdict changes\n"));
  CHECK_FALSE(holds(same.out, "beside"));
  CHECK(weir_with({"config", "check", file}).out == file + ": ok (policy)\n");
}

TEST_CASE("weir policy check --json: one document") {
  const Folder folder;
  const auto file = written(folder, "p.yaml", good_text);
  const auto ended = weir_with({"policy", "check", file, "--json"});
  CHECK(ended.code == 0);
  const auto document = nlohmann::json::parse(ended.out, nullptr, false);
  REQUIRE(document.is_object());
  CHECK(document["ok"] == true);
  CHECK(document["combinations"] == 45);
  CHECK(document["changed"] == 5);
  CHECK(document["changes"][0]["after"] == "forbid");
  CHECK(document["settings"].size() == 1);
  const auto wrong = weir_with({"policy", "check", file + "-absent", "--json"});
  CHECK(wrong.code == 2);
  CHECK(nlohmann::json::parse(wrong.out, nullptr, false)["ok"] == false);
}

TEST_CASE("weir policy check: failed tests are exit code 1, a wrong file 2") {
  const Folder folder;
  const auto failing =
      written(folder, "f.yaml",
              "rules: [permit: {tier: L0}]\n"
              "tests:\n  - {grade: P0, tier: L1, provider: vllm, expect: permit}\n");
  const auto failed = weir_with({"policy", "check", failing});
  CHECK(failed.code == 1);
  CHECK(failed.err == failing + ":3:5: tests[0]: expected permit, the rules forbid it\n");
  CHECK(holds(failed.out, failing + ": 1 of 1 test failed\n"));
  CHECK(weir_with({"config", "check", failing}).code == 2);

  const auto coordinator = written(folder, "c.yaml",
                                   "cluster: d\ntls: {ca: a, cert: b, key: c}\n"
                                   "policy: f.yaml\n");
  const auto checked = weir_with({"config", "check", coordinator});
  CHECK(checked.code == 2);
  CHECK(checked.err == failed.err);

  const auto wrong = written(folder, "w.yaml", "rules: [permit: {grade: P0, tier: L2}]\n");
  const auto refused = weir_with({"policy", "check", wrong});
  CHECK(refused.code == 2);
  CHECK(holds(refused.err, wrong + ":1:25: rules[0].permit.grade: P0 never goes to L2"));
  CHECK(refused.out.empty());
  CHECK(weir_with({"policy", "check", failing, "--against", wrong}).code == 2);
  CHECK(weir_with({"policy"}).code == 2);
}

TEST_CASE("weir policy check: rules that tell too much apart are an error of the file") {
  const Folder folder;
  std::string names[2];
  for (int i = 0; i < 300; ++i)
    for (auto& list : names) list += "n" + std::to_string(i) + ",";
  const auto file =
      written(folder, "p.yaml",
              "rules: [permit: {tenant: [" + names[0] + "], region: [" + names[1] + "]}]\n");
  const auto ended = weir_with({"policy", "check", file});
  CHECK(ended.code == 2);
  CHECK(holds(ended.err, file + ":1:8: rules: the rules tell 4077045 combinations"));
}

TEST_CASE("weir policy show: the factory policy, and a file's") {
  const auto factory = weir_with({"policy", "show"});
  CHECK(factory.code == 0);
  CHECK(factory.out ==
        "the factory policy: 2 rules, 45 combinations of attributes, 40 permitted\n\n"
        "  GRADE   TIER    VERDICT\n"
        "  P0      L0, L1  permit\n"
        "  P0      L2      forbid\n"
        "  P1, P2  any     permit\n"
        "  for every tenant, region, provider and feature\n");
  const Folder folder;
  const auto file = written(folder, "p.yaml", good_text);
  const auto own = weir_with({"policy", "show", file, "--json"});
  CHECK(own.code == 0);
  const auto document = nlohmann::json::parse(own.out, nullptr, false);
  CHECK(document["verdicts"].size() == 3);
  CHECK(weir_with({"policy", "show", file + "-absent"}).code == 2);
}

TEST_CASE("weir policy: the example file passes, completion and manual know the commands") {
  const auto example = std::string{WEIR_ROOT} + "/examples/config/policy.yaml";
  const auto ended = weir_with({"policy", "check", example});
  CHECK(ended.code == 0);
  CHECK(holds(ended.out, "6 tests passed"));
  const auto script = weir_with({"completion", "bash"}).out;
  CHECK(holds(script, "policy"));
  CHECK(holds(script, "--against"));
  const auto manual = weir_with({"man", "policy", "check"}).out;
  CHECK(holds(manual, "Reads a policy file"));
  CHECK(holds(manual, "\\-\\-against"));
}
