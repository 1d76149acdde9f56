// One model under many names: engines' aliases, digests, and what loading it costs.
#include "actors/domain/fleet.hpp"
#include "actors/domain/placement.hpp"
#include "tests/actors/domain/brain_world.hpp"

#include <doctest/doctest.h>
#include <algorithm>
#include <map>
#include <set>

using namespace weir;
using namespace weir::domain;

namespace {

const TimePoint start{std::chrono::hours{1}};

ModelInfo model(const std::string& id, const std::string& digest = "",
                std::vector<std::string> aliases = {}) {
  ModelInfo m;
  m.id = id;
  m.digest = digest;
  m.aliases = std::move(aliases);
  return m;
}

struct Names {
  explicit Names(const std::vector<ModelAlias>& aliases = {}) : catalog{aliases} {}

  Agent& add(const std::string& name, std::vector<ModelInfo> models) {
    auto& agent = *fleet.add(LinkId{++links}, name, Tier::l1, start);
    Inventory inventory;
    inventory.engines.push_back({1, EngineKind::ollama, false, std::move(models)});
    fleet.set_inventory(agent, inventory);
    CapacityReport report;
    report.number = 1;
    report.engines.push_back({1, EngineState::up, 4});
    fleet.set_report(agent, report, start);
    return agent;
  }
  /// "node/model" of all candidates, in order; one that comes twice is there twice.
  std::multiset<std::string> candidates(const std::string& asked) {
    std::multiset<std::string> found;
    const auto query = catalog.query(asked);
    fleet.each_offer(query, [&](const domain::Offer& offer) {
      CHECK(fleet.answers(query, offer));
      found.insert(fleet.row(offer.row).agent->name + "/" + catalog.name(offer.model));
      return true;
    });
    return found;
  }

  std::uint64_t links = 0;
  Catalog catalog;
  Fleet fleet{catalog};
};

using Found = std::multiset<std::string>;

}  // namespace

TEST_CASE("names: a model answers to its engine's other names for it") {
  Names n;
  n.add("a", {model("tiny:latest", "", {"tiny"})});
  CHECK(n.candidates("tiny") == Found{"a/tiny:latest"});
  CHECK(n.candidates("tiny:latest") == Found{"a/tiny:latest"});
  CHECK(n.candidates("auto") == Found{"a/tiny:latest"});
}

TEST_CASE("names: one digest makes two names one model, whichever came first") {
  Names n;
  auto& a = n.add("a", {model("qwen:7b", "d1")});
  n.add("b", {model("qwen2.5", "d1", {"qwen2.5:latest"})});
  n.add("c", {model("qwen:7b", "d2")});
  n.add("d", {model("qwen:7b")});
  CHECK(n.candidates("qwen2.5") == Found{"a/qwen:7b", "b/qwen2.5"});
  CHECK(n.candidates("qwen2.5:latest") == Found{"a/qwen:7b", "b/qwen2.5"});
  CHECK(n.candidates("qwen:7b") == Found{"a/qwen:7b", "b/qwen2.5", "c/qwen:7b", "d/qwen:7b"});
  n.fleet.remove(a);
  CHECK(n.candidates("qwen2.5") == Found{"b/qwen2.5"});
}

TEST_CASE("names: an alias of both names of one model offers it once") {
  Names n{{{"chat", {"x", "y"}, 1, 0}}};
  n.add("a", {model("x", "d")});
  n.add("b", {model("y", "d")});
  CHECK(n.candidates("chat") == Found{"a/x", "b/y"});
}

TEST_CASE("names: an engine may repeat names, and claim more than are kept") {
  Names n;
  std::vector<ModelInfo> many;
  for (int i = 0; i < 40; ++i) many.push_back(model("m" + std::to_string(i), "d", {"same"}));
  many.push_back(model("m1", "d", {"m1", "same"}));
  n.add("a", many);
  CHECK(n.candidates("same").size() == 40);
  CHECK(n.candidates("m39").size() == 1);  // the digest has names enough
}

TEST_CASE("names: a model that gets other weights is not served by the old ones under its name") {
  Names n;
  auto& a = n.add("a", {model("prod:latest", "d1", {"prod"}), model("prod:v1", "d1")});
  n.add("b", {model("prod:v1", "d1")});
  CHECK(n.candidates("prod") == Found{"a/prod:latest", "a/prod:v1", "b/prod:v1"});
  Inventory retagged;
  retagged.engines.push_back({1,
                              EngineKind::ollama,
                              false,
                              {model("prod:latest", "d2", {"prod"}), model("prod:v1", "d1")}});
  n.fleet.set_inventory(a, retagged);
  CHECK(n.candidates("prod") == Found{"a/prod:latest"});
  CHECK(n.candidates("prod:latest") == Found{"a/prod:latest"});
  CHECK(n.candidates("prod:v1") == Found{"a/prod:v1", "b/prod:v1"});
  n.fleet.remove(a);
  CHECK(n.candidates("prod").empty());
}

TEST_CASE("names: 'auto' for embeddings is a model that embeds, and for a chat none of them") {
  Names n;
  auto embeds = model("embed");
  embeds.features = feature::embeddings;
  n.add("a", {embeds, model("chat")});
  CHECK(n.candidates("auto") == Found{"a/chat"});
  auto query = n.catalog.query("auto");
  query.wants = feature::embeddings;
  Found found;
  n.fleet.each_offer(query, [&](const domain::Offer& offer) {
    found.insert(n.catalog.name(offer.model));
    return true;
  });
  CHECK(found == Found{"embed"});
}

TEST_CASE("names: a model that must be loaded first waits for that, and pays for what it evicts") {
  Names n;
  auto cold = model("m");
  cold.loaded = false;
  cold.load_ms = 400;
  auto unknown = model("m");
  unknown.loaded = false;
  auto evicting = cold;
  evicting.evicts = true;
  n.add("warm", {model("m")});
  n.add("cold", {cold});
  n.add("unknown", {unknown});
  n.add("evicting", {evicting});
  const ScoringNeed need{Grade::p2, 10, 0, false};
  std::map<std::string, Appraisal> by_node;
  n.fleet.each_offer(n.catalog.query("m"), [&](const domain::Offer& offer) {
    const auto& row = n.fleet.row(offer.row);
    by_node[row.agent->name] = appraise(need, row, offer, {}, {});
    return true;
  });
  CHECK(by_node["cold"].ttft_ms == by_node["warm"].ttft_ms + 400);
  CHECK(by_node["evicting"].ttft_ms == by_node["cold"].ttft_ms);
  CHECK(by_node["warm"].score.latency > by_node["cold"].score.latency);
  CHECK(by_node["cold"].score.latency > by_node["evicting"].score.latency);
  CHECK(by_node["unknown"].rank == Rank::late);
}

TEST_CASE(
    "dialect: a request that one engine cannot be told goes to another, or fails as it said") {
  testing::World w;
  testing::EngineSpec spec;
  const auto link = w.agent("only", Tier::l1, spec);
  w.submit(1);
  const auto sent = w.one<SendDispatch>();
  w.tell(Unsayable{sent.dispatch.attempt, {Code::not_supported, "no logprobs there"}});
  const auto failed = w.one<FailRequest>();
  CHECK(failed.error.code == Code::not_supported);
  CHECK(failed.error.detail == "no logprobs there");
  w.report(link);
  CHECK(w.node("only").slots_used == 0);
  w.submit(2);
  CHECK(w.one<SendDispatch>().dispatch.attempt.request == RequestId{2});
}

TEST_CASE("dialect: where another kind of engine offers the model, it runs there") {
  testing::World w;
  w.agent("one", Tier::l1);
  w.submit(1);
  const auto first = w.one<SendDispatch>();
  Inventory inventory = testing::inventory_of({});
  inventory.engines[0].kind = EngineKind::vllm;
  const auto other = w.agent("two", Tier::l1);
  w.tell(AgentSaid{other, inventory});
  w.report(other);
  w.tell(Unsayable{first.dispatch.attempt, {Code::not_supported, "no"}});
  const auto second = w.one<SendDispatch>();
  CHECK(second.placement.node == "two");
  CHECK(second.placement.kind == EngineKind::vllm);
  w.finish(other, second.dispatch.attempt);
  CHECK(w.one<CompleteRequest>().request == RequestId{1});
}

TEST_CASE("dialect: what was tried in vain does not get past a full queue") {
  domain::CoordinatorPolicy policy;
  policy.queue.waiting_max = 1;
  testing::World w{policy};
  w.agent("llama", Tier::l1, {.slots = 1});
  const auto ollama = w.agent("ollama", Tier::l1, {.slots = 8});
  Inventory inventory = testing::inventory_of({});
  inventory.engines[0].kind = EngineKind::ollama;
  w.tell(AgentSaid{ollama, inventory});
  w.report(ollama);
  std::size_t refused = 0;
  for (std::uint64_t id = 1; id <= 4; ++id) {
    w.submit(id);
    if (const auto sent = w.one<SendDispatch>(); sent.placement.node == "ollama")
      w.tell(Unsayable{sent.dispatch.attempt, {Code::not_supported, "no"}});
    for (const auto& failed : w.all<FailRequest>())
      if (failed.error.code == Code::queue_full) ++refused;
  }
  CHECK(w.queues().waiting == 1);
  CHECK(refused == 2);
}

TEST_CASE("context: a length that engines taught us is refused before it is sent") {
  testing::World w;
  testing::EngineSpec spec;
  spec.context_tokens = 6'000;
  const auto link = w.agent("a", Tier::l1, spec);
  for (std::uint64_t id = 1; id <= 10; ++id) {
    auto request = w.spec(id);
    request.body_bytes = 20'000;
    w.tell(Submitted{request});
    Finish f;
    f.attempt = w.one<SendDispatch>().dispatch.attempt;
    f.usage = {Tokens{5'000}, Tokens{1}};
    w.tell(AgentSaid{link, f});
  }
  auto fits = w.spec(11);
  fits.body_bytes = 47'900;  // less than twice what 6,000 tokens were so far
  w.tell(Submitted{fits});
  CHECK(w.one<SendDispatch>().dispatch.attempt.request == RequestId{11});
  auto exceeds = w.spec(12);
  exceeds.body_bytes = 48'200;
  w.tell(Submitted{exceeds});
  CHECK(w.failure() == Code::context_length_exceeded);
  auto sound = exceeds;
  sound.id = RequestId{14};
  sound.one_text = false;  // its bytes are no text
  w.tell(Submitted{sound});
  CHECK(w.one<SendDispatch>().dispatch.attempt.request == RequestId{14});
  auto picture = exceeds;
  picture.id = RequestId{13};
  picture.needs = feature::vision;
  w.tell(Submitted{picture});
  CHECK(w.none<SendDispatch>());  // it lacks the feature: images are bytes, not tokens
  CHECK(w.failure() == Code::not_supported);
}
