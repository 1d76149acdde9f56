#include <doctest/doctest.h>
#include <unistd.h>
#include <filesystem>
#include <fstream>

#include "schema/config/load.hpp"
#include "tests/schema/config/directory.hpp"

namespace {

using namespace weir;
using weir::testing::Directory;

auto policy(const std::string& text) { return config::parse_policy(text, "f", "/d"); }

template <class Settings>
std::string joined(const config::Loaded<Settings>& loaded) {
  std::string all;
  for (const auto& e : loaded.errors) all += e + "\n";
  return all;
}
std::string errors(const std::string& text) { return joined(policy(text)); }

std::string times(int n, const std::string& text) {
  std::string all;
  for (int i = 0; i < n; ++i) all += text;
  return all;
}

}  // namespace

TEST_CASE("policy file: an empty one is the factory policy") {
  for (const char* text : {"", "{}", "floors: []\n", "rules: [permit: {tier: L0}]\n"}) {
    const auto p = policy(text);
    CHECK(joined(p) == "");
    CHECK(p.settings.redact_p1);
    CHECK(p.settings.detector.grades == DetectorRules::factory_grades());
    CHECK(p.settings.detector.at_least == DetectorRules::factory_thresholds());
  }
  CHECK(policy("").settings.rules.size() == PolicySettings::factory_rules().size());
}

TEST_CASE("policy file: every key reaches its setting") {
  const auto p = policy(
      "floors: [{tenant: finance, at_least: P0}, {tenant: eng, at_least: p1}]\n"
      "detector:\n"
      "  types: {IP_ADDRESS: {grade: P2}, PERSON: {at_least: 0.6}, SECRET: {at_least: 0.299}}\n"
      "  lexicons: {contract: [绝密协议, project falcon], finance: guidance}\n"
      "  allowed: [400-810-0000]\n"
      "redaction: {P1: keep}\n"
      "rules:\n"
      "  - permit: {}\n"
      "  - forbid: {grade: [P1, P2], tier: L2, tenant: [a, b], region: us, provider: "
      "[openai, vllm], feature: [tools, vision]}\n"
      "tests:\n"
      "  - {grade: P2, tier: L2, tenant: t, region: r, provider: anthropic, feature: tools, "
      "expect: permit}\n"
      "  - {grade: P1, tier: L0, expect: forbid}\n");
  CHECK(joined(p) == "");
  const auto& s = p.settings;
  REQUIRE(s.floors.size() == 2);
  CHECK((s.floors[1].tenant == "eng" && s.floors[1].at_least == Grade::p1));
  CHECK(s.detector.grades[index_of(Sensitive::ip_address)] == Grade::p2);
  CHECK(s.detector.grades[index_of(Sensitive::secret)] == Grade::p0);
  CHECK(s.detector.at_least[index_of(Sensitive::person)] == 60);
  CHECK(s.detector.at_least[index_of(Sensitive::secret)] == 29);
  CHECK(s.detector.at_least[index_of(Sensitive::email)] == 50);
  CHECK(s.detector.contract_terms == std::vector<std::string>{"绝密协议", "project falcon"});
  CHECK(s.detector.finance_terms == std::vector<std::string>{"guidance"});
  CHECK(s.detector.allowed == std::vector<std::string>{"400-810-0000"});
  CHECK_FALSE(s.redact_p1);
  REQUIRE(s.rules.size() == 2);
  CHECK((s.rules[0].permit && s.rules[0].grades.empty() && s.rules[0].features == 0));
  const auto& r = s.rules[1];
  CHECK_FALSE(r.permit);
  CHECK(r.grades == std::vector{Grade::p1, Grade::p2});
  CHECK(r.tiers == std::vector{Tier::l2});
  CHECK(r.tenants == std::vector<std::string>{"a", "b"});
  CHECK(r.regions == std::vector<std::string>{"us"});
  CHECK(r.providers == std::vector{EngineKind::openai, EngineKind::vllm});
  CHECK(r.features == (feature::tools | feature::vision));
  REQUIRE(s.tests.size() == 2);
  CHECK((s.tests[0].asked.tenant == "t" && s.tests[0].asked.region == "r"));
  CHECK((s.tests[0].asked.provider == EngineKind::anthropic && !s.tests[0].every_provider));
  CHECK((s.tests[0].asked.features == feature::tools && s.tests[0].permit));
  CHECK(s.tests[0].where == "f:11:5");
  CHECK((s.tests[1].every_provider && !s.tests[1].permit && s.tests[1].where == "f:12:5"));
}

TEST_CASE("policy file: errors come all at once, in file order, each with its place") {
  CHECK(errors("colour: blue\n"
               "floors: [{tenant: a, at_least: P3}]\n"
               "detector: {types: {FACE: {grade: P1}, EMAIL: {grade: 1, at_least: 1.5}}}\n"
               "redaction: {P1: hide}\n"
               "rules:\n"
               "  - permit: {tier: [L0, L4], color: red}\n"
               "  - forbid: {provider: [openai, azure], grade: P7, feature: music}\n"
               "  - {}\n"
               "  - {permit: {}, forbid: {}}\n"
               "  - permit: all\n"
               "tests:\n"
               "  - {grade: P0, tier: L1, expect: allow}\n"
               "  - {tier: L1}\n") ==
        "f:1:1: colour: unknown key\n"
        "f:2:32: floors[0].at_least: must be P0, P1 or P2, got P3\n"
        "f:3:20: detector.types.FACE: unknown key\n"
        "f:3:54: detector.types.EMAIL.grade: must be P0, P1 or P2, got 1\n"
        "f:3:67: detector.types.EMAIL.at_least: must be 0..1, got 1.5\n"
        "f:4:17: redaction.P1: must be replace or keep\n"
        "f:6:25: rules[0].permit.tier[1]: must be L0, L1 or L2\n"
        "f:6:30: rules[0].permit.color: unknown key\n"
        "f:7:33: rules[1].forbid.provider[1]: must be openai, anthropic, llama_cpp, vllm or "
        "ollama\n"
        "f:7:48: rules[1].forbid.grade: must be P0, P1 or P2\n"
        "f:7:61: rules[1].forbid.feature: must be tools, json, vision, embeddings or rerank\n"
        "f:8:5: rules[2]: must be either permit or forbid\n"
        "f:9:5: rules[3]: must be either permit or forbid\n"
        "f:10:13: rules[4].permit: must be a map\n"
        "f:12:35: tests[0].expect: must be permit or forbid\n"
        "f:13:5: tests[1].grade: is missing\n"
        "f:13:5: tests[1].expect: is missing\n");
}

TEST_CASE("policy file: P0 on L2 can neither be permitted nor replaced") {
  CHECK(errors("rules: [permit: {grade: [P0, P1], tier: [L1, L2]}]\n") ==
        "f:1:25: rules[0].permit.grade: P0 never goes to L2: that rule is compiled in, none can "
        "permit it\n");
  CHECK(errors("rules: [forbid: {grade: P0, tier: L2}]\n") == "");
  CHECK(errors("rules: [permit: {grade: P0}]\n") == "");
  CHECK(errors("redaction: {P0: replace, P2: keep}\n") ==
        "f:1:17: redaction.P0: cannot be set: P0 never leaves, so nothing of it is replaced\n"
        "f:1:30: redaction.P2: cannot be set: P2 leaves as it is\n");
}

TEST_CASE("policy file: an empty list in a rule is an error, not everything") {
  for (const char* key : {"grade", "tier", "tenant", "region", "provider", "feature"})
    CHECK(errors("rules: [permit: {" + std::string{key} + ": []}]\n")
              .find("must be one value or a list of 1..") != std::string::npos);
  CHECK(errors("detector: {lexicons: {contract: []}, allowed: []}\n") == "");
}

TEST_CASE("policy file: values that stand twice or are empty are errors") {
  CHECK(errors("rules: [permit: {tenant: [a, a]}]\n") ==
        "f:1:30: rules[0].permit.tenant[1]: is used twice\n");
  CHECK(errors("floors: [{tenant: a, at_least: P0}, {tenant: a, at_least: P1}]\n") ==
        "f:1:46: floors[1].tenant: is used twice\n");
  CHECK(errors("detector: {allowed: ['  ', '']}\n") ==
        "f:1:22: detector.allowed[0]: must hold more than spaces\n"
        "f:1:28: detector.allowed[1]: must be 1..256 printable bytes\n");
  CHECK(errors("rules: [permit: {tenant: }]\n") ==
        "f:1:26: rules[0].permit.tenant: must be one value or a list of 1..1000\n");
}

TEST_CASE("policy file: rules, tests and terms are bounded") {
  CHECK(errors("rules:\n" + times(1000, "  - permit: {}\n")) == "");
  CHECK(errors("rules:\n" + times(1001, "  - permit: {}\n")).find("at most 1000") !=
        std::string::npos);
  CHECK(errors("tests:\n" + times(1001, "  - {grade: P0, tier: L0, expect: permit}\n"))
            .find("at most 1000") != std::string::npos);
  const auto terms = [](int from, int to) {
    std::string list = "[";
    for (int i = from; i < to; ++i) list += "t" + std::to_string(i) + ",";
    return list + "]";
  };
  CHECK(errors("detector: {lexicons: {contract: " + terms(0, 5000) +
               ", finance: " + terms(0, 4000) + "}, allowed: " + terms(0, 1000) + "}\n") == "");
  CHECK(errors("detector: {lexicons: {contract: " + terms(0, 5000) +
               ", finance: " + terms(0, 4000) + "}, allowed: " + terms(0, 1001) + "}\n") ==
        "f:1:11: detector: must hold at most 10000 terms\n");
  CHECK(errors("detector: {allowed: " + terms(0, 10'001) + "}\n").find("0..10000") !=
        std::string::npos);
}

TEST_CASE("policy file: a coordinator and an agent name one, from their own directory") {
  const Directory dir;
  dir.write("p.yaml",
            "floors: [{tenant: a, at_least: P1}]\ndetector: {types: {EMAIL: {grade: P0}}}\n"
            "rules: [permit: {tier: L1}]\n");
  const auto tls = "tls: {ca: a, cert: b, key: c}\n";
  const auto c = config::load_coordinator(
      dir.write("c.yaml", std::string{"cluster: d\npolicy: p.yaml\n"} + tls));
  CHECK(joined(c) == "");
  CHECK(c.settings.policy_file == (dir.path / "p.yaml").string());
  CHECK(c.settings.policy.rules.size() == 1);
  CHECK(c.settings.policy.floors.at(0).tenant == "a");
  CHECK(c.settings.grade_floors.empty());
  const auto a = config::load_agent(dir.write(
      "a.yaml", std::string{"name: n\ntier: L1\ncoordinators: ['h:1']\npolicy: p.yaml\n"} + tls));
  CHECK(joined(a) == "");
  CHECK(a.settings.policy_file == (dir.path / "p.yaml").string());
  CHECK(a.settings.policy.detector.grades[index_of(Sensitive::email)] == Grade::p0);
}

TEST_CASE("policy file: its errors stand among those of the file that names it") {
  const Directory dir;
  const auto file = dir.write("p.yaml", "\nrules: 7\nother: 1\n");
  const auto name = dir.write("c.yaml",
                              "cluster: d\ncolour: red\npolicy: p.yaml\ndrain_ms: x\n"
                              "tls: {ca: a, cert: b, key: c}\n");
  const auto c = config::load_coordinator(name);
  CHECK(joined(c) == name + ":2:1: colour: unknown key\n" + file +
                         ":2:8: rules: must be a list of at most 1000 maps\n" + file +
                         ":3:1: other: unknown key\n" + name +
                         ":4:11: drain_ms: must be 0..3600000, got x\n");
  CHECK(c.settings.policy.rules.size() == PolicySettings::factory_rules().size());
  std::filesystem::remove(file);
  CHECK(joined(config::load_coordinator(name)).find(file + ":1:1: the file cannot be read\n") !=
        std::string::npos);
}
