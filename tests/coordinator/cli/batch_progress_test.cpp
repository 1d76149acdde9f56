#include "coordinator/cli/batch_progress.hpp"

#include <doctest/doctest.h>

namespace {

using namespace weir::cli;

BatchCounts counts() {
  BatchCounts c;
  c.total = 10'000;
  c.before = 1'000;
  c.ok = 2'980;
  c.refused = 20;
  c.running = 16;
  c.waiting = 3;
  c.tokens = 50'000;
  c.last_trouble = "no_capacity: nothing that may serve this is connected";
  return c;
}

}  // namespace

TEST_CASE("batch progress: the bar at 40, 80 and 200 columns; what matters least goes first") {
  const BatchRates rates{42.5, 1234, 141'000};
  CHECK(progress_bar(counts(), rates, {40, false}) == " 40%  4,000/10,000  20 failed  42.5/s");
  CHECK(progress_bar(counts(), rates, {80, false}) ==
        "━━━━━─────────  40%  4,000/10,000  20 failed  3 retrying  ETA 2 min 21 s  42.5/s");
  CHECK(progress_bar(counts(), rates, {200, false}) ==
        "━━━━━━━━━━━━──────────────────  40%  4,000/10,000  20 failed  3 retrying  ETA 2 min 21 s"
        "  42.5/s  1,234 tok/s  13 running"
        "  no_capacity: nothing that may serve this is connected");
  for (std::size_t width = 20; width < 220; ++width)
    CHECK(columns(progress_bar(counts(), rates, {width, false})) <= width);
}

TEST_CASE("batch progress: a plain line for logs; nothing moves: no ETA") {
  CHECK(progress_text(counts(), {}) ==
        "40%, 4,000/10,000, 20 failed, 3 retrying, ETA ?, 0.0/s, 0.0 tok/s, 13 running, "
        "no_capacity: nothing that may serve this is connected");
}

TEST_CASE("batch progress: rates over the last half minute") {
  BatchPace pace;
  auto c = counts();
  c.ok = c.refused = c.tokens = 0;
  for (std::uint64_t s = 0; s <= 100; ++s) {
    pace.note(s * 1000, c);
    const auto per_s = s < 60 ? 100U : 10U;
    c.ok += per_s;
    c.tokens += per_s * 5;
  }
  const auto rates = pace.rates(c);
  CHECK(rates.lines_per_s == doctest::Approx(10));
  CHECK(rates.tokens_per_s == doctest::Approx(50));
  REQUIRE(rates.eta_ms);
  CHECK(*rates.eta_ms == c.left() * 100);
  CHECK_FALSE(BatchPace{}.rates(c).eta_ms);
}

TEST_CASE("batch progress: numbers for people") {
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(1'000) == "1,000");
  CHECK(grouped(1'234'567) == "1,234,567");
  CHECK(rate_text(0) == "0.0");
  CHECK(rate_text(0.42) == "0.42");
  CHECK(rate_text(7.34) == "7.3");
  CHECK(rate_text(1234.4) == "1,234");
}
