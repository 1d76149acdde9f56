#include "tests/sim/world/scenario.hpp"
#include "tests/sim/world/world.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace weir;
using namespace weir::sim;

namespace {

const std::string fleet =
    "fleet:\n  - {name: a, count: 2, tier: L1, slots: 2}\nworkloads:\n  - {per_s: 10}\n";

LoadedScenario parse(const std::string& text) { return parse_scenario(text, "s.yaml"); }

}  // namespace

TEST_CASE("scenario: a file is read whole, what it leaves out has its factory value") {
  const auto loaded =
      parse("run_ms: 4000\n" + fleet + "faults:\n  - {kind: cut, who: a, every_ms: 900}\n");
  REQUIRE(loaded.errors.empty());
  const auto& s = loaded.scenario;
  CHECK(s.name == "s");
  CHECK(s.fleet[0].count == 2);
  CHECK(s.workloads[0].until_ms == 4000);
  CHECK(s.faults[0].kind == FaultKind::cut);
  CHECK(s.faults[0].until_ms == 4000);
}

TEST_CASE("scenario: unknown keys, faults and groups are errors with their places") {
  const auto loaded = parse(fleet + "faults:\n  - {kind: rust, who: b}\nspeed: 3\n");
  REQUIRE(loaded.errors.size() == 3);
  CHECK(loaded.errors[0] == "s.yaml:6:12: faults[0].kind: is no fault that the simulator knows");
  CHECK(loaded.errors[1] == "s.yaml:6:23: faults[0].who: is no group of the fleet");
  CHECK(loaded.errors[2] == "s.yaml:7:1: speed: unknown key");
  CHECK(parse("a: [").errors.size() == 1);
  CHECK(load_scenario("/does/not/exist.yaml").errors.size() == 1);
}

TEST_CASE("sim: a seed gives the same run each time, and another seed another one") {
  const auto loaded =
      parse("run_ms: 4000\n" + fleet + "faults:\n  - {kind: agent_crash, every_ms: 900}\n");
  const auto once = run(loaded.scenario, 7);
  const auto again = run(loaded.scenario, 7);
  const auto other = run(loaded.scenario, 8);
  CHECK_FALSE(once.violation);
  CHECK(once.events == again.events);
  CHECK(once.dispatched == again.dispatched);
  CHECK(once.events != other.events);
  CHECK(once.served > 10);
}
