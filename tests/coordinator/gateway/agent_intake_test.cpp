#include "coordinator/gateway/agent_intake.hpp"

#include "tests/coordinator/gateway/harness.hpp"

using namespace weir;
using gateway::AgentIntake;

namespace {

constexpr LinkId one{1};
constexpr LinkId other{2};

struct Stage {
  explicit Stage(gateway::AgentIntakeLimits limits = {})
      : intake{std::make_shared<AgentIntake>(io, brain, limits)} {}

  bool report(LinkId link, std::uint64_t number) {
    CapacityReport r;
    r.number = number;
    return intake->take(link, r);
  }
  bool finish(LinkId link) { return intake->take(link, Finish{}); }
  /// Until no timer is left, or for `turns` of them.
  void run(int turns = 1) {
    for (int i = 0; i < turns; ++i) {
      io.restart();
      io.run_one();
    }
  }

  asio::io_context io{1};
  test::NotedBrain brain;
  std::shared_ptr<AgentIntake> intake;
};

}  // namespace

TEST_CASE("agent intake: of many reports the brain hears the latest, one of each link") {
  Stage s;
  for (std::uint64_t n = 1; n <= 1'000; ++n) {
    CHECK(s.report(one, n));
    CHECK(s.report(other, n));
  }
  CHECK(s.brain.events.empty());
  s.run();
  const auto heard = s.brain.said<CapacityReport>();
  REQUIRE(heard.size() == 2);
  CHECK(heard[0].number == 1'000);
  CHECK(heard[1].number == 1'000);
}

TEST_CASE("agent intake: what a link said before its Finish reaches the brain before it") {
  Stage s;
  CHECK(s.intake->take(one, Inventory{}));
  CHECK(s.report(one, 5));
  CHECK(s.finish(one));
  REQUIRE(s.brain.events.size() == 3);
  CHECK(s.brain.said<Finish>().size() == 1);
  CHECK(std::holds_alternative<Inventory>(std::get<AgentSaid>(s.brain.events[0]).message));
  CHECK(std::holds_alternative<CapacityReport>(std::get<AgentSaid>(s.brain.events[1]).message));
}

TEST_CASE("agent intake: reports wait while the brain is behind, however long") {
  Stage s{{Millis{1}, 10, 4'096}};
  s.brain.behind = 11;
  CHECK(s.report(one, 1));
  s.run(5);
  CHECK(s.brain.events.empty());
  CHECK(s.report(one, 2));
  s.brain.behind = 10;
  s.run();
  REQUIRE(s.brain.said<CapacityReport>().size() == 1);
  CHECK(s.brain.said<CapacityReport>()[0].number == 2);
}

TEST_CASE("agent intake: a link that outruns the brain may not live on, the others may") {
  Stage s{{Millis{1}, 10, 3}};
  s.brain.behind = 11;
  for (int i = 0; i < 3; ++i) CHECK(s.finish(one));
  s.run();
  CHECK_FALSE(s.finish(one));
  CHECK(s.finish(other));
  CHECK(s.brain.said<Finish>().size() == 4);
}

TEST_CASE("agent intake: a brain that has caught up forgives, and a link that went is forgotten") {
  Stage s{{Millis{1}, 10, 3}};
  for (int i = 0; i < 3; ++i) CHECK(s.finish(one));
  s.run();
  CHECK(s.finish(one));
  CHECK(s.report(one, 1));
  s.intake->forget(one);
  s.run();
  CHECK(s.brain.said<CapacityReport>().empty());
}
