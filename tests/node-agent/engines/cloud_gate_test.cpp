// Virtual time: the gate is told what time it is.
#include "node-agent/engines/cloud_gate.hpp"

#include <doctest/doctest.h>
#include <vector>

using namespace weir;
using namespace weir::engines;

namespace {

struct World {
  explicit World(GateSettings settings) : gate{settings} {}
  std::optional<CloudGate::Pass> admit(std::int64_t tokens = 0) {
    return gate.admit(now, Tokens{tokens});
  }
  void end(const CloudGate::Pass& pass, Outcome outcome, std::int64_t used = 0,
           std::optional<Millis> retry_after = std::nullopt) {
    gate.ended(now, pass, outcome, Tokens{used}, retry_after);
  }
  /// One request from its beginning to its end; false where the gate is shut.
  bool call(Outcome outcome, std::optional<Millis> retry_after = std::nullopt) {
    const auto pass = admit();
    if (pass) end(*pass, outcome, 0, retry_after);
    return pass.has_value();
  }
  std::optional<Shut> shut() const { return gate.shut(now); }
  void wait(std::int64_t ms) { now += Millis{ms}; }
  /// Opens the circuit by failures in a row.
  void open(std::uint32_t failures) {
    for (std::uint32_t i = 0; i < failures; ++i) REQUIRE(call(Outcome::failed));
    REQUIRE(shut() == Shut::circuit);
  }

  CloudGate gate;
  TimePoint now{Millis{1'000'000}};
};

GateSettings rates(std::uint32_t rpm, std::uint32_t tpm) {
  GateSettings s;
  s.rpm = rpm;
  s.tpm = tpm;
  return s;
}

GateSettings breaker(std::uint32_t failures) {
  GateSettings s;
  s.failures_to_open = failures;
  s.open_first = Millis{1'000};
  s.open_max = Millis{4'000};
  return s;
}

}  // namespace

TEST_CASE("gate: without limits everything passes") {
  World w{{}};
  for (int i = 0; i < 10'000; ++i) CHECK(w.call(Outcome::answered));
  CHECK(w.gate.room(w.now, 16) == 16);
}

TEST_CASE("gate: so many requests pass at once as fit a minute, then at its even rate") {
  World w{rates(60, 0)};
  for (int i = 0; i < 60; ++i) REQUIRE(w.call(Outcome::answered));
  CHECK(w.shut() == Shut::requests);
  CHECK(w.gate.room(w.now, 16) == 0);
  w.wait(999);
  CHECK_FALSE(w.admit());
  w.wait(1);
  CHECK(w.gate.room(w.now, 16) == 1);
  CHECK(w.admit());
  CHECK_FALSE(w.admit());
  w.wait(10 * 60'000);  // no more than a minute's worth is saved up
  CHECK(w.gate.room(w.now, 1'000) == 60);
}

TEST_CASE("gate: tokens are taken by estimate, and settled by what was used") {
  World w{rates(0, 6'000)};
  const auto pass = w.admit(1'000);
  REQUIRE(pass);
  SUBCASE("more than estimated: a debt that time pays") {
    w.end(*pass, Outcome::answered, 7'000);
    CHECK(w.shut() == Shut::tokens);
    w.wait(10'000);  // exactly empty
    CHECK(w.shut() == Shut::tokens);
    w.wait(10);
    CHECK_FALSE(w.shut());
  }
  SUBCASE("less than estimated: given back") {
    w.end(*pass, Outcome::answered, 1);
    REQUIRE(w.admit(5'999));
    CHECK(w.shut() == Shut::tokens);
  }
  SUBCASE("nothing said: the estimate stands") {
    w.end(*pass, Outcome::answered, 0);
    REQUIRE(w.admit(5'000));
    CHECK(w.shut() == Shut::tokens);
  }
}

TEST_CASE("gate: a 429 stops everything for as long as it asks, and not the circuit") {
  World w{breaker(1)};
  REQUIRE(w.call(Outcome::limited, Millis{2'500}));
  CHECK(w.shut() == Shut::paused);
  CHECK_FALSE(w.gate.open(w.now));
  CHECK(w.gate.room(w.now, 16) == 0);
  w.wait(2'499);
  CHECK(w.shut() == Shut::paused);
  w.wait(1);
  CHECK_FALSE(w.shut());
}

TEST_CASE("gate: a 429 that asks for no time is waited out longer each time, up to a limit") {
  GateSettings s;
  s.pause_first = Millis{1'000};
  s.pause_max = Millis{4'000};
  World w{s};
  for (const std::int64_t ms : {1'000, 2'000, 4'000, 4'000}) {
    REQUIRE(w.call(Outcome::limited));
    w.wait(ms - 1);
    CHECK(w.shut() == Shut::paused);
    w.wait(1);
    CHECK_FALSE(w.shut());
  }
  REQUIRE(w.call(Outcome::answered));  // and from the beginning after a success
  REQUIRE(w.call(Outcome::limited));
  w.wait(1'000);
  CHECK_FALSE(w.shut());
}

TEST_CASE("gate: a provider's wish is followed up to a limit, a shorter one never shortens") {
  GateSettings s;
  s.retry_after_max = Millis{10'000};
  World w{s};
  const auto first = w.admit(), second = w.admit();
  w.end(*first, Outcome::limited, 0, Millis{3'600'000});
  w.end(*second, Outcome::limited, 0, Millis{1});
  w.wait(9'999);
  CHECK(w.shut() == Shut::paused);
  w.wait(1);
  CHECK_FALSE(w.shut());
}

TEST_CASE("gate: a failure's Retry-After is honoured before the circuit opens") {
  World w{breaker(3)};
  REQUIRE(w.call(Outcome::failed, Millis{700}));
  CHECK(w.shut() == Shut::paused);
  w.wait(700);
  CHECK_FALSE(w.shut());
}

TEST_CASE("gate: failures in a row open the circuit; a success between them begins anew") {
  World w{breaker(3)};
  for (int i = 0; i < 2; ++i) REQUIRE(w.call(Outcome::failed));
  REQUIRE(w.call(Outcome::answered));
  for (int i = 0; i < 2; ++i) REQUIRE(w.call(Outcome::failed));
  REQUIRE(w.call(Outcome::withdrawn));  // says nothing
  CHECK_FALSE(w.gate.open(w.now));
  REQUIRE(w.call(Outcome::failed));
  CHECK(w.gate.open(w.now));
  CHECK(w.shut() == Shut::circuit);
  CHECK_FALSE(w.admit());
}

TEST_CASE("gate: half open, one probe at a time decides") {
  World w{breaker(2)};
  w.open(2);
  w.wait(1'000);
  CHECK_FALSE(w.gate.open(w.now));
  CHECK(w.gate.room(w.now, 16) == 1);
  auto probe = w.admit();
  REQUIRE(probe);
  CHECK(probe->probe);
  CHECK(w.gate.room(w.now, 16) == 0);
  CHECK_FALSE(w.admit());
  SUBCASE("it succeeds: closed") {
    w.end(*probe, Outcome::answered);
    CHECK(w.gate.room(w.now, 16) == 16);
  }
  SUBCASE("its answer begins: closed, but one failure opens it again, for longer") {
    w.gate.begun(*probe);
    CHECK(w.gate.room(w.now, 16) == 16);
    w.end(*probe, Outcome::failed);
    CHECK(w.gate.open(w.now));
    w.wait(1'999);
    CHECK(w.gate.open(w.now));
    w.wait(1);
    CHECK_FALSE(w.gate.open(w.now));
  }
  SUBCASE("it is withdrawn: the next one is the probe") {
    w.end(*probe, Outcome::withdrawn);
    const auto next = w.admit();
    REQUIRE(next);
    CHECK(next->probe);
  }
  SUBCASE("it is limited: still half open, after the pause") {
    w.end(*probe, Outcome::limited, 0, Millis{300});
    CHECK(w.shut() == Shut::paused);
    w.wait(300);
    CHECK(w.admit()->probe);
  }
}

TEST_CASE("gate: the circuit stays open longer each time a probe fails, up to a limit") {
  World w{breaker(1)};
  w.open(1);
  for (const std::int64_t ms : {1'000, 2'000, 4'000, 4'000}) {
    w.wait(ms - 1);
    CHECK(w.gate.open(w.now));
    w.wait(1);
    CHECK_FALSE(w.gate.open(w.now));
    REQUIRE(w.call(Outcome::failed));
  }
  w.wait(4'000);
  REQUIRE(w.call(Outcome::answered));
  w.open(1);  // a success forgets the past
  w.wait(1'000);
  CHECK_FALSE(w.gate.open(w.now));
}

TEST_CASE("gate: what began before the circuit opened neither closes nor prolongs it") {
  World w{breaker(1)};
  const auto one = w.admit(), two = w.admit();
  w.open(1);
  w.wait(500);
  w.end(*one, Outcome::answered);
  w.end(*two, Outcome::failed);
  CHECK(w.gate.open(w.now));
  w.wait(500);
  CHECK_FALSE(w.gate.open(w.now));
}

TEST_CASE("gate: retry-after is read in all its forms, and nonsense is none") {
  const std::int64_t now = 784'111'777;  // Sun, 06 Nov 1994 08:49:37 GMT
  const auto after = [&](std::optional<std::string_view> ms, std::optional<std::string_view> s) {
    return retry_after(ms, s, now);
  };
  CHECK(after({}, "3") == Millis{3'000});
  CHECK(after({}, "0.25") == Millis{250});
  CHECK(after("1500", "3") == Millis{1'500});
  CHECK(after("soon", "3") == Millis{3'000});
  CHECK(after({}, "Sun, 06 Nov 1994 08:49:47 GMT") == Millis{10'000});
  CHECK(after({}, "Sun, 06 Nov 1994 08:49:07 GMT") == Millis{0});
  CHECK(after({}, "Tue, 29 Feb 2000 00:00:00 GMT") == Millis{(951'782'400 - now) * 1'000});
  CHECK(after({}, "999999999999999999999") == Millis{1'000'000'000'000});
  for (const char* bad :
       {"", "-1", "nan", "inf", "1e999", "3 s", "Sun, 06 Nov 1994 08:49:37 CET",
        "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Non 1994 08:49:37 GMT", "Sun, -6 Nov 1994 08:49:37 GMT", "06 Nov 1994"})
    CHECK_MESSAGE(!after({}, bad), bad);
  CHECK_FALSE(after({}, {}));
}
