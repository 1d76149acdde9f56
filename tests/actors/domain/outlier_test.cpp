#include "actors/domain/outlier.hpp"

#include <doctest/doctest.h>

using namespace weir;
using domain::Outlier;

namespace {

/// An engine of 8 slots, and a clock.
struct Watch {
  void fail(int times = 1) {
    for (int i = 0; i < times; ++i) outlier.failed(now);
  }
  std::uint32_t jobs() const { return outlier.jobs_max(8, now); }
  void pass(Millis time) { now += time; }

  Outlier outlier;
  TimePoint now{std::chrono::hours{1}};
};

}  // namespace

TEST_CASE("outlier: three failures in a row eject, a good answer between them does not") {
  Watch w;
  w.fail(2);
  CHECK(w.jobs() == UINT32_MAX);
  w.outlier.succeeded(w.now);
  w.fail(2);
  CHECK(w.jobs() == UINT32_MAX);
  w.fail();
  CHECK(w.jobs() == 0);
}

TEST_CASE("outlier: an ejection ends after 5 s, and then one job at a time may try") {
  Watch w;
  w.fail(3);
  w.pass(Millis{4'999});
  CHECK(w.jobs() == 0);
  w.pass(Millis{1});
  CHECK(w.jobs() == 1);
}

TEST_CASE("outlier: a failed probe ejects at once, twice as long each time, up to a minute") {
  Watch w;
  w.fail(3);
  for (const int seconds : {5, 10, 20, 40, 60, 60}) {
    CAPTURE(seconds);
    w.pass(Millis{seconds * 1'000 - 1});
    CHECK(w.jobs() == 0);
    w.pass(Millis{1});
    CHECK(w.jobs() == 1);
    w.fail();
    CHECK(w.jobs() == 0);
  }
}

TEST_CASE("outlier: a good probe lets jobs in step by step over 10 s") {
  Watch w;
  w.fail(3);
  w.pass(Millis{5'000});
  w.outlier.succeeded(w.now);
  CHECK(w.jobs() == 1);
  w.pass(Millis{5'000});
  CHECK(w.jobs() == 4);
  w.pass(Millis{4'999});
  CHECK(w.jobs() == 7);
  w.pass(Millis{1});
  CHECK(w.jobs() == UINT32_MAX);
}

TEST_CASE("outlier: what was begun before an ejection and ends during it changes nothing") {
  Watch w;
  w.fail(3);
  w.pass(Millis{1'000});
  w.fail(5);
  w.outlier.succeeded(w.now);
  CHECK(w.jobs() == 0);
  w.pass(Millis{4'000});
  CHECK(w.jobs() == 1);
}

TEST_CASE("outlier: an engine that was well for a while starts anew") {
  Watch w;
  w.fail(3);
  w.pass(Millis{5'000});
  w.outlier.succeeded(w.now);
  w.pass(Millis{9'000});
  CHECK_FALSE(w.outlier.clean(w.now));
  w.pass(Millis{11'000});
  CHECK(w.outlier.clean(w.now));
  w.outlier.succeeded(w.now);
  w.fail(3);
  w.pass(Millis{5'000});
  CHECK(w.jobs() == 1);
}
