// A coordinator, a clock, and shorthands for what agents and clients say to it.
#pragma once

#include "actors/domain/coordinator.hpp"

#include <doctest/doctest.h>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weir::testing {

inline constexpr std::uint64_t incarnation = 77;

struct EngineSpec {
  std::uint32_t slots = 4;
  std::vector<std::string> models{"m"};
  std::uint32_t context_tokens = 0;
  Features features = 0;
  std::uint8_t capability = 0;
  AcceptPolicy accept{};
  bool cloud = false;
  MicroUsd in_per_mtok{};
  MicroUsd out_per_mtok{};
};

inline Inventory inventory_of(const EngineSpec& spec) {
  Inventory inventory;
  inventory.revision = 1;
  inventory.accept = spec.accept;
  EngineInventory engine;
  engine.engine = 1;
  engine.cloud = spec.cloud;
  for (const auto& id : spec.models)
    engine.models.push_back({id, "", "", spec.context_tokens, spec.capability, spec.features, true,
                             spec.in_per_mtok, spec.out_per_mtok});
  inventory.engines.push_back(engine);
  return inventory;
}

class World {
 public:
  explicit World(domain::CoordinatorPolicy policy = {}, std::uint64_t seed = 1)
      : brain{std::move(policy), incarnation, seed} {}

  /// Decides and keeps the effects in `out`.
  std::vector<BrainEffect>& tell(const BrainEvent& event) {
    out = brain.decide(now, event);
    return out;
  }
  void pass(Millis time) { now += time; }
  /// Lets `time` pass in ticks of 50 ms, with reports of `alive` links each 500 ms; gathers all
  /// effects.
  std::vector<BrainEffect>& run(Millis time, const std::vector<LinkId>& alive = {}) {
    std::vector<BrainEffect> all;
    const auto take = [&](std::vector<BrainEffect>& some) {
      for (auto& effect : some) all.push_back(std::move(effect));
    };
    for (Millis passed{0}; passed < time; passed += Millis{50}) {
      pass(Millis{50});
      if (passed.count() % 500 == 0)
        for (const auto link : alive) take(report(link));
      take(tell(Tick{}));
    }
    out = std::move(all);
    return out;
  }

  LinkId agent(const std::string& name, Tier tier, const EngineSpec& spec = {}) {
    const LinkId link{++links_};
    specs_[link.value] = spec;
    tell(AgentUp{link, {"c", "agent", name, tier}, {}});
    tell(AgentSaid{link, inventory_of(spec)});
    report(link);
    return link;
  }
  /// The agent says that `used` of its slots are taken by us and `foreign` by others.
  std::vector<BrainEffect>& report(LinkId link, std::uint32_t used = 0, std::uint32_t foreign = 0) {
    return tell(AgentSaid{link, capacity(link, used, foreign)});
  }
  CapacityReport capacity(LinkId link, std::uint32_t used = 0, std::uint32_t foreign = 0) {
    CapacityReport report;
    report.number = ++reports_;
    EngineLoad load;
    load.engine = 1;
    load.state = EngineState::up;
    load.slots_total = specs_[link.value].slots;
    load.slots_used = used;
    load.slots_foreign = foreign;
    report.engines.push_back(load);
    return report;
  }

  /// A streaming P2 request for model "m" of tenant "t".
  RequestSpec spec(std::uint64_t id) {
    RequestSpec s;
    s.id = RequestId{id};
    s.public_id = "req-" + std::to_string(id);
    s.model = "m";
    s.stream = true;
    s.body_bytes = 100;
    s.one_text = true;
    s.prompt_tokens_estimate = Tokens{50};
    s.tenant = "t";
    s.label = Grade::p2;
    s.found = Detected::nothing();
    return s;
  }
  std::vector<BrainEffect>& submit(std::uint64_t id) { return tell(Submitted{spec(id)}); }
  std::vector<BrainEffect>& finish(LinkId link, AttemptId attempt, std::optional<Code> error = {}) {
    Finish f;
    f.attempt = attempt;
    f.timings = {10, 20};
    f.usage = {Tokens{5}, Tokens{7}};
    if (error) f.error = Error{*error, "test"};
    return tell(AgentSaid{link, f});
  }
  std::vector<BrainEffect>& refuse(LinkId link, AttemptId attempt, RefusalReason reason) {
    return tell(AgentSaid{link, Refuse{attempt, reason, {}}});
  }

  template <class T>
  std::vector<T> all() const {
    std::vector<T> found;
    for (const auto& effect : out)
      if (const auto* e = std::get_if<T>(&effect)) found.push_back(*e);
    return found;
  }
  /// The only effect of this kind.
  template <class T>
  T one() const {
    const auto found = all<T>();
    REQUIRE(found.size() == 1);
    return found.front();
  }
  template <class T>
  bool none() const {
    return all<T>().empty();
  }
  Code failure() const { return one<FailRequest>().error.code; }

  template <class A>
  A ask(Question question, const std::string& argument = "") {
    tell(Asked{ReplyId{1}, question, argument});
    const auto reply = one<Reply>();
    REQUIRE(std::holds_alternative<A>(reply.answer));
    return std::get<A>(reply.answer);
  }
  QueueView queues() { return ask<QueueView>(Question::queues); }
  NodeView node(const std::string& name) {
    for (const auto& node : ask<FleetView>(Question::fleet).nodes)
      if (node.name == name) return node;
    FAIL("no such node");
    return {};
  }

  domain::Coordinator brain;
  TimePoint now{std::chrono::hours{1}};
  std::vector<BrainEffect> out;

 private:
  std::uint64_t links_ = 0;
  std::uint64_t reports_ = 0;
  std::map<std::uint64_t, EngineSpec> specs_;
};

}  // namespace weir::testing
