#include "actors/domain/grading.hpp"
#include "tests/actors/domain/brain_world.hpp"

#include <doctest/doctest.h>

using namespace weir;
using namespace weir::testing;

TEST_CASE("regrade: a grade that was given only becomes stricter") {
  using domain::Graded;
  CHECK(domain::tightened(Graded{Grade::p1, "label"}, {Grade::p0, "session"}).grade == Grade::p0);
  CHECK(domain::tightened(Graded{Grade::p1, "label"}, {Grade::p0, "session"}).why == "session");
  CHECK(domain::tightened(Graded{Grade::p0, "session"}, {Grade::p2, "label"}).grade == Grade::p0);
  CHECK(domain::tightened(Graded{Grade::p1, "label"}, {Grade::p1, "default"}).why == "label");
}

TEST_CASE("regrade: a new attempt goes by what its session has become meanwhile") {
  World w;
  const auto first = w.agent("a", Tier::l1);
  auto spec = w.spec(1);
  spec.session = "s";
  w.tell(Submitted{spec});
  const auto before = w.one<SendDispatch>();
  CHECK(before.dispatch.grade == Grade::p2);
  auto secret = w.spec(2);
  secret.session = "s";
  secret.label = Grade::p0;
  w.tell(Submitted{secret});
  w.agent("b", Tier::l1);
  w.tell(AgentDown{first, "test"});
  int again = 0;
  for (const auto& effect : w.out)
    if (const auto* d = std::get_if<SendDispatch>(&effect);
        d != nullptr && d->dispatch.attempt.request == spec.id) {
      ++again;
      CHECK(d->dispatch.attempt.number == 2);
      CHECK(d->dispatch.grade == Grade::p0);
      CHECK(d->placement.grade == Grade::p0);
    }
  CHECK(again == 1);
}

TEST_CASE("regrade: what the guard found holds though its attempt was given up meanwhile") {
  World w;
  EngineSpec cloud;
  cloud.cloud = true;
  const auto proxy = w.agent("cloud", Tier::l2, cloud);
  w.submit(1);
  const auto attempt = w.one<SendDispatch>().dispatch.attempt;
  w.tell(AgentDown{proxy, "test"});
  w.tell(ClearanceDenied{attempt, Denial::sensitive, Grade::p0, {}});
  w.agent("cloud", Tier::l2, cloud);
  CHECK(w.none<SendDispatch>());
  w.agent("gpu", Tier::l1);
  CHECK(w.one<SendDispatch>().dispatch.grade == Grade::p0);
}
