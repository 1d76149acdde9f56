// The way to the cloud: when P2 spills, what the guard keeps here, and what it costs.
#include "actors/domain/spill.hpp"
#include "actors/domain/budget.hpp"
#include "tests/actors/domain/brain_world.hpp"

#include <doctest/doctest.h>

using namespace weir;
using namespace weir::domain;
using weir::testing::EngineSpec;
using weir::testing::World;

namespace {

EngineSpec slots(std::uint32_t n) {
  EngineSpec spec;
  spec.slots = n;
  return spec;
}

EngineSpec priced(std::uint32_t n = 16) {
  auto spec = slots(n);
  spec.cloud = true;
  spec.in_per_mtok = MicroUsd{1'000'000};
  spec.out_per_mtok = MicroUsd{2'000'000};
  return spec;
}

/// One local machine of one slot, which request 1 holds, and a cloud.
struct Full : World {
  explicit Full(CoordinatorPolicy policy = {}) : World{std::move(policy)} {
    local = agent("gpu", Tier::l1, slots(1));
    cloud = agent("cloud", Tier::l2, priced());
    submit(1);
    held = one<SendDispatch>().dispatch.attempt;
    CHECK(one<SendDispatch>().link == local);
    CHECK(!one<SendDispatch>().cloud);
  }
  RequestSpec graded(std::uint64_t id, Grade grade) {
    auto s = spec(id);
    s.label = grade;
    return s;
  }
  LinkId local, cloud;
  AttemptId held;
};

}  // namespace

TEST_CASE("spill: P2 waits while its first token may still come in time here, then leaves") {
  Full w;
  w.submit(2);
  CHECK(w.none<SendDispatch>());  // 1 s is what a job takes so far: just in time
  w.run(Millis{1'100}, {w.local, w.cloud});
  const auto sent = w.one<SendDispatch>();
  CHECK(sent.link == w.cloud);
  REQUIRE(sent.cloud);
  CHECK(sent.cloud->in_per_mtok == MicroUsd{1'000'000});
  CHECK(sent.placement.spilled == "late");
  CHECK(w.one<SpillChanged>().on);
  w.submit(3);  // in spill mode nobody waits for a full machine
  CHECK(w.one<SendDispatch>().link == w.cloud);
  CHECK(w.one<SendDispatch>().placement.spilled == "saturated");
}

TEST_CASE("spill: P1 leaves only where something was found that the guard can replace") {
  Full w;
  auto s = w.graded(2, Grade::p2);
  s.found.grade = Grade::p1;
  s.found.counts[index_of(Sensitive::email)] = 2;
  w.tell(Submitted{s});
  w.run(Millis{1'100}, {w.local, w.cloud});
  const auto sent = w.one<SendDispatch>();
  CHECK(sent.link == w.cloud);
  CHECK(sent.dispatch.grade == Grade::p1);
  REQUIRE(sent.cloud);
  // What the guard cannot replace stays here, until the local machine is free.
  w.tell(ClearanceDenied{sent.dispatch.attempt, Denial::grade, {}, {}});
  w.run(Millis{3'000}, {w.local, w.cloud});
  CHECK(w.none<SendDispatch>());
  w.finish(w.local, w.held);
  CHECK(w.one<SendDispatch>().link == w.local);
  const auto story = w.ask<Explanation>(Question::explain, "req-2");
  CHECK(story.grade_why == "detector");
  CHECK(story.found[index_of(Sensitive::email)] == 2);
}

TEST_CASE("spill: a policy that keeps P1 keeps it, whatever was found") {
  CoordinatorPolicy policy;
  policy.policy.redact_p1 = false;
  Full w{policy};
  auto s = w.graded(2, Grade::p1);
  s.found.counts[index_of(Sensitive::email)] = 2;
  w.tell(Submitted{s});
  w.run(Millis{5'000}, {w.local, w.cloud});
  CHECK(w.none<SendDispatch>());
}

TEST_CASE("spill: P0 and P1 wait for the local machine, however long the others leave") {
  Full w;
  w.tell(Submitted{w.graded(2, Grade::p0)});
  w.tell(Submitted{w.graded(3, Grade::p1)});
  w.run(Millis{5'000}, {w.local, w.cloud});
  CHECK(w.none<SendDispatch>());
  w.finish(w.local, w.held);
  CHECK(w.one<SendDispatch>().link == w.local);
  CHECK(w.one<SendDispatch>().dispatch.attempt.request == RequestId{2});
}

TEST_CASE("spill: a full queue spills at once") {
  CoordinatorPolicy policy;
  policy.queue.waiting_max = 0;
  policy.slo.ttft_ms = 60'000;
  Full w{policy};
  w.submit(2);
  CHECK(w.one<SendDispatch>().link == w.cloud);
  CHECK(w.one<SendDispatch>().placement.spilled == "queue_full");
  w.tell(Submitted{w.graded(3, Grade::p0)});
  CHECK(w.failure() == Code::queue_full);
}

TEST_CASE("spill: where it is disabled nothing leaves") {
  CoordinatorPolicy policy;
  policy.spill_enabled = false;
  Full w{policy};
  w.submit(2);
  w.run(Millis{5'000}, {w.local, w.cloud});
  CHECK(w.none<SendDispatch>());
  CHECK(w.none<SpillChanged>());
}

TEST_CASE("spill: a local slot is taken before the cloud, also in spill mode") {
  Full w;
  w.submit(2);
  w.run(Millis{1'100}, {w.local, w.cloud});
  w.finish(w.local, w.held);
  w.submit(3);
  CHECK(w.one<SendDispatch>().link == w.local);
}

TEST_CASE("spill: the mode changes at most once in ten seconds, and ends in calm") {
  SpillMode mode;
  TimePoint now{};
  int changes = 0;
  TimePoint changed{};
  for (int i = 0; i < 3'000; ++i, now += Millis{50}) {
    const bool pressed = (i / 40) % 3 == 0 && i < 2'000;  // overload that comes and goes
    if ((pressed && mode.press(now)) || mode.look(now)) {
      if (changes++ > 0) CHECK(now - changed >= Millis{10'000});
      changed = now;
    }
  }
  CHECK(changes >= 2);
  CHECK(!mode.on());
}

TEST_CASE("spill: under steady overload the brain stays in the mode, afterwards it leaves it") {
  Full w;
  std::vector<bool> changes;
  std::uint64_t id = 1;
  const auto look = [&] {
    std::vector<SendDispatch> sent;
    const auto note = [&] {
      for (const auto& c : w.all<SpillChanged>()) changes.push_back(c.on);
      for (const auto& d : w.all<SendDispatch>()) sent.push_back(d);
    };
    note();
    for (std::size_t i = 0; i < sent.size(); ++i) {
      w.finish(sent[i].link, sent[i].dispatch.attempt);
      note();
    }
  };
  const auto step = [&](bool load) {
    if (load) {
      w.submit(++id);
      look();
    }
    w.run(Millis{500}, {w.local, w.cloud});
    look();
  };
  for (int i = 0; i < 60; ++i) step(true);
  CHECK(changes == std::vector<bool>{true});
  CHECK(w.queues().spilling);
  for (int i = 0; i < 40; ++i) step(false);
  CHECK(changes == std::vector<bool>{true, false});
  CHECK(!w.queues().spilling);
}

TEST_CASE("clearance: what the detector found tightens the grade, for good and for the session") {
  Full w;
  auto spec = w.spec(2);
  spec.session = "s";
  w.tell(Submitted{spec});
  w.run(Millis{1'100}, {w.local, w.cloud});
  const auto attempt = w.one<SendDispatch>().dispatch.attempt;
  w.tell(ClearanceDenied{attempt, Denial::sensitive, Grade::p1, {}});
  CHECK(w.none<SendDispatch>());
  CHECK(w.none<SendCancel>());  // the proxy never heard of it
  w.finish(w.local, w.held);
  CHECK(w.one<SendDispatch>().link == w.local);
  CHECK(w.one<SendDispatch>().dispatch.grade == Grade::p1);
  auto next = w.spec(3);
  next.session = "s";
  w.tell(Submitted{next});
  w.run(Millis{1'100}, {w.local, w.cloud});
  CHECK(w.none<SendDispatch>());  // the session is P1 from now on
  CHECK(w.ask<Explanation>(Question::explain, "req-3").grade == Grade::p1);
}

TEST_CASE("clearance: a denial frees the proxy's slot and money at once") {
  CoordinatorPolicy policy;
  policy.spill_per_day = MicroUsd{25'000};
  World w{policy};
  const auto cloud = w.agent("cloud", Tier::l2, priced(1));
  const auto first = (w.submit(1), w.one<SendDispatch>().dispatch.attempt);
  w.submit(2);
  CHECK(w.none<SendDispatch>());
  w.tell(ClearanceDenied{first, Denial::late, {}, {}});
  CHECK(w.one<SendDispatch>().link == cloud);
  CHECK(w.one<SendDispatch>().dispatch.attempt.request == RequestId{2});
}

TEST_CASE("clearance: where only the cloud is left, a denial's reason is the answer") {
  const auto code_after = [](Denial why, std::optional<Error> error) {
    World w;
    w.agent("cloud", Tier::l2, priced());
    const auto attempt = (w.submit(1), w.one<SendDispatch>().dispatch.attempt);
    w.tell(ClearanceDenied{attempt, why, {}, std::move(error)});
    if (w.none<FailRequest>()) w.run(Millis{2'500});
    return w.failure();
  };
  CHECK(code_after(Denial::dialect, Error{Code::not_supported, "n"}) == Code::not_supported);
  CHECK(code_after(Denial::too_large, Error{Code::body_too_large, "b"}) == Code::body_too_large);
  CHECK(code_after(Denial::sensitive, {}) == Code::grade_forbids_cloud);
  CHECK(code_after(Denial::busy, {}) == Code::no_capacity);
}

TEST_CASE("clearance: a raw completion never leaves, no cloud dialect can say it") {
  World w;
  w.agent("cloud", Tier::l2, priced());
  auto spec = w.spec(1);
  spec.endpoint = Endpoint::completions;
  w.tell(Submitted{spec});
  CHECK(w.none<SendDispatch>());
}

TEST_CASE("budget: reservations count until they are settled, once, at cost or at their cap") {
  Budget b;
  b.configure(MicroUsd{1'000});
  TimePoint now{std::chrono::hours{100}};
  const AttemptId a{1, RequestId{1}, 1}, c{1, RequestId{2}, 1};
  b.reserve(a, {1, MicroUsd{600}, MicroUsd{1'000'000}, MicroUsd{1'000'000}});
  CHECK(b.left(now) == MicroUsd{400});
  CHECK(b.settle(a, Usage{Tokens{10}, Tokens{20}}, now) == MicroUsd{30});
  CHECK(b.settle(a, Usage{Tokens{10}, Tokens{20}}, now) == std::nullopt);
  CHECK(b.left(now) == MicroUsd{970});
  b.reserve(c, {1, MicroUsd{900}, {}, {}});
  CHECK(b.settle(c, std::nullopt, now) == MicroUsd{900});
  CHECK(b.left(now) == MicroUsd{70});
  now += std::chrono::hours{26};
  CHECK(b.left(now) == MicroUsd{1'000});
}

TEST_CASE("budget: what may cost more than is left stays here, or is refused with its reason") {
  CoordinatorPolicy policy;
  policy.spill_per_day = MicroUsd{12'000};
  World w{policy};
  w.agent("cloud", Tier::l2, priced());
  auto spec = w.spec(1);
  spec.output_tokens_max = Tokens{4'000};  // 8,000, and 2,148 for the prompt
  w.tell(Submitted{spec});
  const auto first = w.one<SendDispatch>();
  spec = w.spec(2);
  spec.output_tokens_max = Tokens{4'000};
  w.tell(Submitted{spec});
  CHECK(w.failure() == Code::budget_exhausted);
  w.finish(first.link, first.dispatch.attempt);  // it cost 5 + 14
  CHECK(w.one<Settled>().cost == MicroUsd{19});
  w.submit(3);
  CHECK(w.one<SendDispatch>().placement.spilled == "only_cloud");
}

TEST_CASE("budget: an abandoned attempt counts at its cap, once") {
  World w;
  const auto cloud = w.agent("cloud", Tier::l2, priced());
  w.submit(1);
  w.tell(ClientGone{RequestId{1}, CancelReason::client_gone});
  w.run(Millis{6'000}, {cloud});
  CHECK(w.one<Settled>().cost == MicroUsd{100 + 2'048 + 2 * 4'096});
}

TEST_CASE("budget: local answers save what the cheapest cloud would have asked") {
  Full w;
  w.finish(w.local, w.held);
  const auto settled = w.one<Settled>();
  CHECK(settled.tier == Tier::l1);
  CHECK(settled.saved == MicroUsd{19});
}
