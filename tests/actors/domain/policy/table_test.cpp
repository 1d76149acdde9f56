#include "actors/domain/policy/table.hpp"

#include "actors/domain/policy/rows.hpp"
#include "actors/domain/policy/settings_changes.hpp"

#include <doctest/doctest.h>

#include <random>

namespace {

using namespace weir;
using namespace weir::domain;

using Rules = std::vector<PolicyRule>;

/// Rules with few names, so that they meet.
Rules random_rules(std::mt19937& random) {
  const auto one_in = [&random](unsigned n) { return random() % n == 0; };
  Rules rules(random() % 7);
  for (auto& rule : rules) {
    rule.permit = !one_in(3);
    for (const auto g : {Grade::p0, Grade::p1, Grade::p2})
      if (one_in(4)) rule.grades.push_back(g);
    for (const auto t : {Tier::l0, Tier::l1, Tier::l2})
      if (one_in(4)) rule.tiers.push_back(t);
    for (const char* name : {"a", "b", "c"})
      if (one_in(6)) rule.tenants.emplace_back(name);
    for (const char* name : {"eu", "us"})
      if (one_in(6)) rule.regions.emplace_back(name);
    for (const auto kind : engine_kinds)
      if (one_in(10)) rule.providers.push_back(kind);
    for (const auto bit : {feature::tools, feature::vision, feature::json})
      if (one_in(8)) rule.features |= bit;
  }
  return rules;
}

/// Every case that can be asked, with a name and features that no rule of this file has.
template <class Visit>
void each_case(const Visit& visit) {
  for (const auto grade : {Grade::p0, Grade::p1, Grade::p2})
    for (const auto tier : {Tier::l0, Tier::l1, Tier::l2})
      for (const char* tenant : {"a", "b", "c", "stranger", ""})
        for (const char* region : {"eu", "us", "elsewhere", ""})
          for (const auto provider : engine_kinds)
            for (Features f = 0; f < 16; ++f)
              visit(PolicyCase{grade, tier, tenant, region, provider, f});
}

/// The row that covers a case; nullptr where none does. Two are an error.
const PolicyRow* row_of(const PolicyRows& rows, const PolicyCase& asked) {
  const PolicyRow* found = nullptr;
  for (const auto& row : rows.rows) {
    if (!row.covers(asked)) continue;
    REQUIRE(found == nullptr);
    found = &row;
  }
  return found;
}

}  // namespace

TEST_CASE("policy table: every combination stands in it once, with the verdicts of permits()") {
  const Rules before = PolicySettings::factory_rules();
  Rules after = before;
  after.push_back({.permit = false, .tenants = {"legal"}, .regions = {"us"}});
  after.push_back({.permit = false, .features = feature::vision | feature::tools});
  const auto table = PolicyComparison::make(before, after);
  REQUIRE(table);
  CHECK(table->values().tenants == std::vector<std::string>{"legal", ""});
  CHECK(table->values().regions == std::vector<std::string>{"us", ""});
  CHECK(table->values().features == std::vector<Features>{feature::tools, feature::vision});
  REQUIRE(table->size() == 3 * 3 * 2 * 2 * 5 * 4);
  std::vector<std::string> seen;
  std::size_t permitted = 0, changed = 0;
  for (std::size_t i = 0; i < table->size(); ++i) {
    const auto change = table->at(i);
    const auto& a = change.asked;
    CHECK(change.before == permits(before, a));
    CHECK(change.after == permits(after, a));
    permitted += change.after ? 1 : 0;
    changed += change.before != change.after ? 1 : 0;
    seen.push_back(std::string{name_of(a.grade)} + std::string{name_of(a.tier)} + a.tenant + "/" +
                   a.region + "/" + std::string{name_of(a.provider)} + std::to_string(a.features));
  }
  std::sort(seen.begin(), seen.end());
  CHECK(std::adjacent_find(seen.begin(), seen.end()) == seen.end());
  CHECK(table->permitted() == permitted);
  CHECK(table->changed() == changed);
}

TEST_CASE("policy table: rows say of any case what permits() says, each case in one row") {
  std::mt19937 random{7};
  for (int round = 0; round < 40; ++round) {
    const auto before = random_rules(random), after = random_rules(random);
    const auto table = PolicyComparison::make(before, after);
    REQUIRE(table);
    const auto verdicts = verdict_rows(*table), changes = changed_rows(*table);
    REQUIRE(verdicts.complete);
    REQUIRE(changes.complete);
    bool right = true;
    each_case([&](const PolicyCase& asked) {
      const bool was = permits(before, asked), is = permits(after, asked);
      const auto* verdict = row_of(verdicts, asked);
      const auto* change = row_of(changes, asked);
      right = right && verdict != nullptr && verdict->after == is;
      right = right && (change != nullptr) == (was != is);
      right = right && (change == nullptr || (change->before == was && change->after == is));
    });
    CHECK_MESSAGE(right, "round " << round);
  }
}

TEST_CASE("policy table: the factory policy is three rows") {
  const auto factory = PolicySettings::factory_rules();
  const auto table = PolicyComparison::make(factory, factory);
  REQUIRE(table);
  CHECK(table->size() == 45);
  CHECK(table->permitted() == 40);
  CHECK(table->changed() == 0);
  CHECK(changed_rows(*table).rows.empty());
  const auto rows = verdict_rows(*table).rows;
  REQUIRE(rows.size() == 3);
  CHECK((rows[0].grades == std::vector{Grade::p0} &&
         rows[0].tiers == std::vector{Tier::l0, Tier::l1} && rows[0].after));
  CHECK((rows[1].tiers == std::vector{Tier::l2} && !rows[1].after));
  CHECK((rows[2].grades == std::vector{Grade::p1, Grade::p2} && rows[2].tiers.empty()));
  CHECK((rows[2].tenants.any() && rows[2].regions.any() && rows[2].providers.empty()));
}

TEST_CASE("policy table: a forbid of one tenant's cloud is one changed row") {
  const auto before = PolicySettings::factory_rules();
  auto after = before;
  after.push_back({.permit = false, .tiers = {Tier::l2}, .tenants = {"legal"}});
  const auto rows = changed_rows(*PolicyComparison::make(before, after)).rows;
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].grades == std::vector{Grade::p1, Grade::p2});
  CHECK(rows[0].tiers == std::vector{Tier::l2});
  CHECK_FALSE(rows[0].tenants.but);
  CHECK(rows[0].tenants.names == std::vector<std::string>{"legal"});
  CHECK((rows[0].before && !rows[0].after));
  const auto back = changed_rows(*PolicyComparison::make(after, before)).rows;
  REQUIRE(back.size() == 1);
  CHECK((!back[0].before && back[0].after));
}

TEST_CASE("policy table: what one dimension tears apart and another joins is one row") {
  const auto before = PolicySettings::factory_rules();
  auto after = before;
  after.push_back({.permit = false, .grades = {Grade::p1}, .regions = {"us"}});
  after.push_back({.permit = false, .tiers = {Tier::l2}, .features = feature::vision});
  const auto rows = changed_rows(*PolicyComparison::make(before, after)).rows;
  CHECK(rows.size() <= 3);
}

TEST_CASE("policy table: more combinations than can be judged are refused with their number") {
  PolicyRule wide{.permit = true};
  for (int i = 0; i < 300; ++i) {
    wide.tenants.push_back("t" + std::to_string(i));
    wide.regions.push_back("r" + std::to_string(i));
  }
  const auto table = PolicyComparison::make({}, {wide});
  REQUIRE_FALSE(table);
  CHECK(table.error().code == Code::invalid_config);
  CHECK(table.error().detail.find("4077045 combinations") != std::string::npos);
}

TEST_CASE("policy table: rows stop at their limit and say so") {
  std::mt19937 random{7};
  Rules scattered;
  for (int i = 0; i < 1000; ++i)
    scattered.push_back({.permit = true,
                         .tiers = {static_cast<Tier>(random() % 3)},
                         .tenants = {"t" + std::to_string(random() % 100)},
                         .regions = {"r" + std::to_string(random() % 40)},
                         .providers = {engine_kinds[random() % engine_kinds.size()]}});
  const auto many = verdict_rows(*PolicyComparison::make({}, scattered));
  CHECK_FALSE(many.complete);
  CHECK((many.rows.size() > 10 && many.rows.size() <= policy_rows_max));
}

TEST_CASE("policy changes: floors, grades, thresholds, lexicon sizes and redaction, no terms") {
  const PolicySettings before;
  CHECK(settings_changes(before, before).empty());
  auto after = before;
  after.floors = {{"finance", Grade::p0}};
  after.detector.grades[index_of(Sensitive::ip_address)] = Grade::p2;
  after.detector.at_least[index_of(Sensitive::person)] = 60;
  after.detector.at_least[index_of(Sensitive::email)] = 100;
  after.detector.contract_terms = {"project falcon", "condor"};
  after.redact_p1 = false;
  CHECK(settings_changes(before, after) ==
        std::vector<std::string>{
            "floor of finance: none, now P0", "detector PERSON: at least 0.50, now 0.60",
            "detector EMAIL: at least 0.50, now 1.00", "detector IP_ADDRESS: grade P1, now P2",
            "lexicon contract: 0 of the file, now 2 (2 added, 0 removed)",
            "redaction of P1: replace, now keep"});
  auto other = after;
  other.detector.contract_terms = {"project falcon", "eagle"};
  CHECK(settings_changes(after, other) ==
        std::vector<std::string>{"lexicon contract: 2 of the file, now 2 (1 added, 1 removed)"});
}
