#include "coordinator/cli/policy_text.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

namespace {

using namespace weir;
using namespace weir::cli;

domain::PolicyRows rows_of(const std::vector<PolicyRule>& after) {
  return domain::changed_rows(
      *domain::PolicyComparison::make(PolicySettings::factory_rules(), after));
}

/// The factory's rules and one more.
std::vector<PolicyRule> factory_and(PolicyRule rule) {
  auto rules = PolicySettings::factory_rules();
  rules.push_back(std::move(rule));
  return rules;
}

std::size_t widest(const std::string& text) {
  std::size_t most = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    most = std::max(most, columns(text.substr(at, end - at)));
    at = end + 1;
  }
  return most;
}

}  // namespace

TEST_CASE("policy text: only attributes that make a difference have a column") {
  const auto rows = rows_of(factory_and({.permit = false, .tiers = {Tier::l2}}));
  CHECK(policy_rows_text(rows, "NOW", {80, false}) ==
        "  GRADE   TIER  NOW\n"
        "  P1, P2  L2    forbid\n"
        "  for every tenant, region, provider and feature\n");
}

TEST_CASE("policy text: names, all but names, features that are needed or not") {
  const auto rows = rows_of({{.permit = true,
                              .tiers = {Tier::l0},
                              .tenants = {"a", "b"},
                              .regions = {"eu"},
                              .providers = {EngineKind::vllm, EngineKind::ollama}},
                             {.permit = true, .tiers = {Tier::l1, Tier::l2}},
                             {.permit = false, .features = feature::json}});
  const auto text = policy_rows_text(rows, "NOW", {120, false});
  CHECK(text.find("a, b") != std::string::npos);
  CHECK(text.find("any but eu") != std::string::npos);
  CHECK(text.find("any but llama_cpp, vllm, ollama") == std::string::npos);
  CHECK(text.find("any but vllm, ollama") != std::string::npos);
  CHECK(text.find("no json") != std::string::npos);
  CHECK(text.find("permit\n") == std::string::npos);
}

TEST_CASE("policy text: long lists take more lines, and no line is wider than the terminal") {
  const auto rows = rows_of(factory_and(
      {.permit = false,
       .grades = {Grade::p1},
       .tenants = {"customer-support", "research-and-development", "人力资源部", "legal"},
       .regions = {"eu-central-1", "eu-west-1", "us-east-1"},
       .providers = {EngineKind::openai, EngineKind::anthropic},
       .features = feature::tools | feature::vision}));
  for (const std::size_t width : {std::size_t{80}, std::size_t{100}, std::size_t{200}}) {
    const auto text = policy_rows_text(rows, "NOW", {width, false});
    CHECK(widest(text) <= width);
    CHECK(text.find("…") == std::string::npos);
  }
  CHECK(widest(policy_rows_text(rows, "NOW", {40, false})) <= 40);
}

TEST_CASE("policy text: rows that were left out are told") {
  domain::PolicyRows rows{{domain::PolicyRow{}}, false};
  CHECK(policy_rows_text(rows, "NOW", {80, false}).find("further rows are left out\n") !=
        std::string::npos);
}

TEST_CASE("policy json: open attributes are absent, all but some names are told as such") {
  const auto rows =
      rows_of(factory_and({.permit = false, .tiers = {Tier::l2}, .tenants = {"legal"}}));
  CHECK(policy_rows_json(rows, "after") == nlohmann::json::parse(R"([{"before":"permit",
      "after":"forbid","grade":["P1","P2"],"tier":["L2"],"tenant":["legal"]}])"));
  domain::PolicyRow row;
  row.tenants.names = {"legal"};
  row.needs = feature::tools;
  row.lacks = feature::vision;
  CHECK(policy_rows_json({{row}, true}, "verdict") == nlohmann::json::parse(R"([{
      "verdict":"forbid","tenant":{"any_but":["legal"]},"needs":["tools"],"lacks":["vision"]}])"));
}
