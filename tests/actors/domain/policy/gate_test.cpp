#include "actors/domain/policy/gate.hpp"

#include "actors/domain/policy/tests.hpp"

#include <doctest/doctest.h>

namespace {

using namespace weir;
using namespace weir::domain;

PolicyCase asked(Grade grade, Tier tier) { return {.grade = grade, .tier = tier}; }

}  // namespace

TEST_CASE("policy: what no rule permits is forbidden") {
  CHECK_FALSE(permits({}, asked(Grade::p2, Tier::l0)));
  const std::vector<PolicyRule> forbids{{.permit = false, .tiers = {Tier::l2}}};
  CHECK_FALSE(permits(forbids, asked(Grade::p2, Tier::l1)));
  const std::vector<PolicyRule> other{{.permit = true, .tenants = {"eng"}}};
  CHECK_FALSE(permits(other, asked(Grade::p2, Tier::l1)));
}

TEST_CASE("policy: a forbid beats every permit, in any order") {
  const PolicyRule all{.permit = true};
  const PolicyRule not_l2{.permit = false, .tiers = {Tier::l2}};
  for (const auto& rules :
       {std::vector{all, not_l2}, std::vector{not_l2, all}, std::vector{all, not_l2, all}}) {
    CHECK_FALSE(permits(rules, asked(Grade::p2, Tier::l2)));
    CHECK(permits(rules, asked(Grade::p2, Tier::l1)));
  }
}

TEST_CASE("policy: P0 never goes to L2, even where the rules permit everything") {
  const std::vector<PolicyRule> rules{{.permit = true},
                                      {.permit = true, .grades = {Grade::p0}, .tiers = {Tier::l2}}};
  CHECK_FALSE(permits(rules, asked(Grade::p0, Tier::l2)));
  CHECK(permits(rules, asked(Grade::p0, Tier::l1)));
  CHECK(permits(rules, asked(Grade::p1, Tier::l2)));
}

TEST_CASE("policy: a rule matches where all of its attributes do, any member of each") {
  const std::vector<PolicyRule> rules{{.permit = true,
                                       .grades = {Grade::p1, Grade::p2},
                                       .tiers = {Tier::l1},
                                       .tenants = {"a", "b"},
                                       .regions = {"eu"},
                                       .providers = {EngineKind::vllm, EngineKind::ollama},
                                       .features = feature::tools | feature::json}};
  const PolicyCase fits{Grade::p1, Tier::l1, "b", "eu", EngineKind::ollama, feature::json};
  CHECK(permits(rules, fits));
  auto wrong = fits;
  wrong.grade = Grade::p0;
  CHECK_FALSE(permits(rules, wrong));
  wrong = fits;
  wrong.tier = Tier::l0;
  CHECK_FALSE(permits(rules, wrong));
  wrong = fits;
  wrong.tenant = "";
  CHECK_FALSE(permits(rules, wrong));
  wrong = fits;
  wrong.region = "";
  CHECK_FALSE(permits(rules, wrong));
  wrong = fits;
  wrong.provider = EngineKind::openai;
  CHECK_FALSE(permits(rules, wrong));
  wrong = fits;
  wrong.features = feature::vision;
  CHECK_FALSE(permits(rules, wrong));
  wrong.features = feature::vision | feature::tools;
  CHECK(permits(rules, wrong));
}

TEST_CASE("policy: the factory keeps P0 at home and lets the rest go anywhere") {
  const auto rules = PolicySettings::factory_rules();
  for (const auto grade : {Grade::p0, Grade::p1, Grade::p2})
    for (const auto tier : {Tier::l0, Tier::l1, Tier::l2})
      CHECK(permits(rules, asked(grade, tier)) == (grade != Grade::p0 || tier != Tier::l2));
}

TEST_CASE("policy: a gate knows whether any rule that concerns its request looks at regions") {
  const std::vector<PolicyRule> rules{{.permit = true},
                                      {.permit = false, .tenants = {"a"}, .regions = {"eu"}}};
  CHECK(PolicyGate{rules, {Grade::p2, "a", 0}}.by_region());
  CHECK_FALSE(PolicyGate{rules, {Grade::p2, "b", 0}}.by_region());
}

TEST_CASE("policy: failed tests are told with their places and numbers") {
  PolicySettings policy;
  policy.rules.push_back({.permit = false, .providers = {EngineKind::vllm}});
  policy.tests = {
      {.asked = asked(Grade::p2, Tier::l1), .permit = true, .where = "f:1:1"},
      {.asked = asked(Grade::p2, Tier::l1), .permit = false, .where = "f:2:1"},
      {.asked = asked(Grade::p0, Tier::l2), .permit = true, .where = "f:3:1"},
      {.asked = asked(Grade::p2, Tier::l1),
       .every_provider = true,
       .permit = true,
       .where = "f:4:1"},
      {.asked = asked(Grade::p0, Tier::l2), .every_provider = true, .where = "f:5:1"},
  };
  policy.tests.push_back(policy.tests[0]);
  policy.tests.back().asked.provider = EngineKind::vllm;
  policy.tests.back().where = "";
  CHECK(failed_tests(policy) ==
        std::vector<std::string>{
            "f:2:1: tests[1]: expected forbid, the rules permit it",
            "f:3:1: tests[2]: expected permit, but P0 never goes to L2",
            "f:4:1: tests[3]: expected permit, the rules forbid it (provider vllm)",
            "tests[5]: expected permit, the rules forbid it"});
  policy.tests.resize(1);
  CHECK(failed_tests(policy).empty());
}
