#include "actors/domain/placement.hpp"
#include "tests/actors/domain/brain_world.hpp"

#include <doctest/doctest.h>
#include <map>

using namespace weir;
using namespace weir::domain;
using weir::testing::EngineSpec;
using weir::testing::inventory_of;

namespace {

const TimePoint start{std::chrono::hours{1}};

/// A fleet that placement can be asked about.
struct Stage {
  explicit Stage(std::vector<ModelAlias> aliases = {}) : catalog{aliases} {}

  Agent& add(const std::string& name, Tier tier, const EngineSpec& spec = {},
             std::uint32_t used = 0) {
    auto& agent = *fleet.add(LinkId{++links}, name, tier, start);
    fleet.set_inventory(agent, inventory_of(spec));
    CapacityReport report;
    report.number = 1;
    EngineLoad load;
    load.engine = 1;
    load.state = EngineState::up;
    load.slots_total = spec.slots;
    load.slots_used = used;
    report.engines.push_back(load);
    fleet.set_report(agent, report, start);
    return agent;
  }
  Job job(Grade grade, const std::string& model = "m") {
    Job j;
    j.grade = grade;
    j.tenant = "t";
    j.prompt_tokens = 50;
    j.one_text = true;
    j.query = catalog.query(model);
    return j;
  }
  Placed place(const Job& j) { return placer.place(j, fleet, policy, random); }
  std::string winner(const Job& j) {
    const auto placed = place(j);
    return placed.choice ? fleet.row(placed.choice->row).agent->name : "";
  }
  Filter only_filter(const Job& j) {
    (void)place(j);
    REQUIRE(placer.seen().size() == 1);
    return placer.seen().front().filter;
  }

  std::uint64_t links = 0;
  Catalog catalog;
  Fleet fleet{catalog};
  PlacePolicy policy;
  Placer placer;
  Random random{1};
};

}  // namespace

TEST_CASE("placement: P0 and P1 never go to L2, even where nothing else offers the model") {
  Stage s;
  s.add("cloud", Tier::l2);
  CHECK(s.only_filter(s.job(Grade::p0)) == Filter::p0_never_leaves);
  CHECK(s.only_filter(s.job(Grade::p1)) == Filter::p1_not_cleared);
  CHECK(s.winner(s.job(Grade::p2)) == "cloud");
}

TEST_CASE("placement: a cloud engine behind a certificate that is not L2 is never used") {
  Stage s;
  EngineSpec cloud;
  cloud.cloud = true;
  s.add("liar", Tier::l1, cloud);
  for (const auto grade : {Grade::p0, Grade::p1, Grade::p2})
    CHECK(s.only_filter(s.job(grade)) == Filter::cloud_engine_outside_l2);
}

TEST_CASE("placement: P2 goes to L2 only where no local machine can serve it at all") {
  Stage s;
  s.add("cloud", Tier::l2);
  auto& local = s.add("local", Tier::l1, {}, 4);
  CHECK(s.winner(s.job(Grade::p2)) == "");  // local is busy: the request waits for it
  CHECK(s.place(s.job(Grade::p2)).survey.count(Filter::local_first) == 1);
  s.fleet.set_drain(local, true);
  CHECK(s.winner(s.job(Grade::p2)) == "cloud");
  s.policy.spill_enabled = false;
  CHECK(s.place(s.job(Grade::p2)).survey.count(Filter::spill_disabled) == 1);
}

TEST_CASE("placement: the owner's policy on grades and tenants is kept") {
  Stage s;
  EngineSpec spec;
  spec.accept.p0 = false;
  s.add("ws", Tier::l0, spec);
  CHECK(s.only_filter(s.job(Grade::p0)) == Filter::owner_policy);
  CHECK(s.only_filter(s.job(Grade::p1)) == Filter::none);
  Stage t;
  spec.accept.tenants = {"me"};
  t.add("ws", Tier::l0, spec);
  CHECK(t.only_filter(t.job(Grade::p1)) == Filter::owner_policy);
  auto mine = t.job(Grade::p1);
  mine.tenant = "me";
  CHECK(t.only_filter(mine) == Filter::none);
}

TEST_CASE("placement: suspect and draining nodes and down engines get no work") {
  Stage s;
  auto& agent = s.add("a", Tier::l1);
  s.fleet.set_suspect(agent, true);
  CHECK(s.only_filter(s.job(Grade::p0)) == Filter::suspect);
  s.fleet.set_suspect(agent, false);
  s.fleet.set_drain(agent, true);
  CHECK(s.only_filter(s.job(Grade::p0)) == Filter::draining);
  s.fleet.set_drain(agent, false);
  CapacityReport down;
  down.number = 2;
  s.fleet.set_report(agent, down, start);
  CHECK(s.only_filter(s.job(Grade::p0)) == Filter::engine_down);
}

TEST_CASE("placement: a present owner keeps work off a workstation, not off a server") {
  Stage s;
  for (const auto tier : {Tier::l0, Tier::l1}) {
    auto& agent = s.add(std::string{name_of(tier)}, tier);
    auto report = agent.report;
    report.number = 2;
    report.owner_present = true;
    s.fleet.set_report(agent, report, start);
  }
  CHECK(s.winner(s.job(Grade::p0)) == "L1");
  CHECK(s.place(s.job(Grade::p0)).survey.count(Filter::owner_present) == 1);
}

TEST_CASE("placement: a silent engine is assumed to do tools and JSON, but not to see") {
  Stage s;
  s.add("silent", Tier::l1);
  auto j = s.job(Grade::p0);
  j.needs = feature::tools | feature::json;
  CHECK(s.only_filter(j) == Filter::none);
  j.needs = feature::vision;
  CHECK(s.only_filter(j) == Filter::features);
}

TEST_CASE("placement: an engine that states the features goes before one that states none") {
  Stage s;
  EngineSpec stated;
  stated.features = feature::tools;
  s.add("silent", Tier::l1);
  auto& teller = s.add("teller", Tier::l1, stated, 3);
  auto j = s.job(Grade::p0);
  j.needs = feature::tools;
  for (int i = 0; i < 20; ++i) CHECK(s.winner(j) == "teller");
  s.fleet.set_drain(teller, true);
  CHECK(s.winner(j) == "silent");
  j.needs = feature::tools | feature::json;  // stated features are all it has
  s.fleet.set_drain(teller, false);
  CHECK(s.place(j).survey.count(Filter::features) == 1);
}

TEST_CASE("placement: a prompt that surely exceeds a known context goes elsewhere") {
  Stage s;
  EngineSpec small;
  small.context_tokens = 100;
  s.add("small", Tier::l1, small);
  auto j = s.job(Grade::p0);
  j.body_bytes = 2'400;  // it may still fit
  CHECK(s.only_filter(j) == Filter::none);
  j.body_bytes = 2'424;
  CHECK(s.only_filter(j) == Filter::context);
  CHECK(s.place(j).survey.context_short == 1);
  s.add("unknown", Tier::l1);
  CHECK(s.winner(j) == "unknown");
}

TEST_CASE("placement: an exclusion holds for its engine, for good or until the next report") {
  Stage s;
  auto& agent = s.add("a", Tier::l1);
  std::vector<Exclusion> excluded{{agent.serial, 1, {}}};
  auto j = s.job(Grade::p0);
  j.excluded = excluded;
  CHECK(s.only_filter(j) == Filter::failed_before);
  excluded[0].engine = 2;
  CHECK(s.only_filter(j) == Filter::none);
  excluded[0] = {agent.serial, {}, agent.reports};
  CHECK(s.only_filter(j) == Filter::refused);
  auto report = agent.report;
  report.number = 2;
  s.fleet.set_report(agent, report, start);
  CHECK(s.only_filter(j) == Filter::none);
}

TEST_CASE("placement: a slot counts as used from dispatch on, before any report says so") {
  Stage s;
  EngineSpec one;
  one.slots = 1;
  auto& agent = s.add("a", Tier::l1, one);
  const AttemptId attempt{1, RequestId{1}, 1};
  s.fleet.hold(agent, attempt, 1);
  CHECK(s.only_filter(s.job(Grade::p0)) == Filter::busy);
  CHECK(s.fleet.release(agent, attempt, true));
  CHECK(!s.fleet.release(agent, attempt, true));
  CHECK(s.only_filter(s.job(Grade::p0)) == Filter::none);
}

TEST_CASE("placement: an alias stands for its members, auto for everything that chats") {
  Stage s{{{"small", {"m", "n"}, 1, feature::vision}}};
  EngineSpec embedder;
  embedder.models = {"e"};
  embedder.features = feature::embeddings;
  s.add("embedder", Tier::l1, embedder);
  CHECK(s.winner(s.job(Grade::p0, "auto")) == "");
  EngineSpec n;
  n.models = {"x", "n"};
  s.add("n", Tier::l1, n);
  CHECK(s.winner(s.job(Grade::p0, "small")) == "n");
  CHECK(s.winner(s.job(Grade::p0, "auto")) == "n");
  CHECK(s.catalog.query("never").kind == ModelQuery::Kind::unknown);
  auto j = s.job(Grade::p0, "small");
  j.needs = feature::vision;  // the operator says so through the alias
  CHECK(s.winner(j) == "n");
}

TEST_CASE("placement: an exact capability goes before an overqualified one") {
  Stage s{{{"any", {"m"}, 1, 0}}};
  EngineSpec big;
  big.capability = 3;
  EngineSpec exact;
  exact.capability = 1;
  s.add("big", Tier::l1, big);
  s.add("exact", Tier::l1, exact);
  for (int i = 0; i < 20; ++i) CHECK(s.winner(s.job(Grade::p2, "any")) == "exact");
}

TEST_CASE("placement: one that meets the latency target goes before any that does not") {
  Stage s{{{"any", {"m"}, 2, 0}}};
  EngineSpec exact;
  exact.capability = 2;
  EngineSpec over;
  over.capability = 3;
  auto& slow = s.add("slow", Tier::l1, exact);
  auto report = slow.report;
  report.number = 2;
  report.engines[0].prefill_tokens_per_s = 10;  // 50 tokens take 5 s
  s.fleet.set_report(slow, report, start);
  s.add("fast", Tier::l1, over);
  CHECK(s.winner(s.job(Grade::p0, "any")) == "fast");
}

TEST_CASE("placement: equal machines share the work at random, the less used one favoured") {
  Stage s;
  s.add("a", Tier::l1);
  s.add("b", Tier::l1);
  s.add("c", Tier::l1);
  std::map<std::string, int> wins;
  for (int i = 0; i < 300; ++i) ++wins[s.winner(s.job(Grade::p0))];
  for (const auto* name : {"a", "b", "c"}) CHECK(wins[name] > 60);
  Stage t;
  t.add("idle", Tier::l1);
  t.add("fuller", Tier::l1, {}, 2);
  for (int i = 0; i < 20; ++i) CHECK(t.winner(t.job(Grade::p0)) == "idle");
}

TEST_CASE("scoring: the parts keep to their ranges and the total to its weights") {
  Stage s;
  auto& agent = s.add("cloud", Tier::l2);
  const auto& row = s.fleet.row(agent.rows[0]);
  const auto offer = s.fleet.offers_of(agent.rows[0])[0];
  const auto parts = appraise({Grade::p2, 1'000'000, 3, false}, row, offer, {}, {}).score;
  CHECK(parts.safety == doctest::Approx(0.6));
  CHECK(parts.capability == doctest::Approx(1.0));
  CHECK(parts.latency == doctest::Approx(0.0));
  CHECK(parts.cost == doctest::Approx(0.0));
  CHECK(parts.total == doctest::Approx(0.4 * 0.6 + 0.25));
}

TEST_CASE("fleet: removing an agent removes its offers, and rows are used again") {
  Stage s;
  auto& a = s.add("a", Tier::l1);
  s.add("b", Tier::l1);
  s.fleet.remove(a);
  CHECK(s.place(s.job(Grade::p0)).survey.candidates == 1);
  s.add("c", Tier::l1);
  CHECK(s.place(s.job(Grade::p0)).survey.candidates == 2);
  CHECK(s.fleet.slots_total() == 8);
}

TEST_CASE("fleet: a new inventory keeps what is in flight") {
  Stage s;
  EngineSpec one;
  one.slots = 1;
  auto& agent = s.add("a", Tier::l1, one);
  s.fleet.hold(agent, {1, RequestId{1}, 1}, 1);
  s.fleet.set_inventory(agent, inventory_of(one));
  CHECK(s.only_filter(s.job(Grade::p0)) == Filter::busy);
  s.fleet.release(agent, {1, RequestId{1}, 1}, true);
  CHECK(s.only_filter(s.job(Grade::p0)) == Filter::none);
}

TEST_CASE("catalog: beyond its limit new models are not offered, known ones still are") {
  Catalog catalog{{}, 2};
  CHECK(catalog.offered("a"));
  CHECK(catalog.offered("b"));
  CHECK(!catalog.offered("c"));
  CHECK(catalog.offered("a"));
  CHECK(catalog.query("c").kind == ModelQuery::Kind::unknown);
}

TEST_CASE("placement: P1 may go to L2 where the guard may redact it; P0 never") {
  Stage s;
  s.add("cloud", Tier::l2);
  auto job = s.job(Grade::p1);
  job.redactable = true;
  CHECK(s.winner(job) == "cloud");
  auto secret = s.job(Grade::p0);
  secret.redactable = true;
  CHECK(s.only_filter(secret) == Filter::p0_never_leaves);
}

TEST_CASE("placement: what the policy does not permit is left out, and told") {
  Stage s;
  s.add("cloud", Tier::l2);
  const std::vector<PolicyRule> rules{{.permit = true},
                                      {.permit = false, .tiers = {Tier::l2}, .tenants = {"legal"}}};
  const PolicyGate legal{rules, {Grade::p2, "legal", 0}};
  const PolicyGate others{rules, {Grade::p2, "eng", 0}};
  auto job = s.job(Grade::p2);
  job.gate = &legal;
  CHECK(s.only_filter(job) == Filter::policy);
  job.gate = &others;
  CHECK(s.winner(job) == "cloud");
}
