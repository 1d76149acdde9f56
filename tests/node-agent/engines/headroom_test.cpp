#include "node-agent/engines/headroom.hpp"

#include <doctest/doctest.h>

using weir::engines::Headroom;

namespace {

/// The slots after so many equal looks.
std::uint32_t settle(Headroom& h, Headroom::Look look, int times = 40) {
  for (int i = 0; i < times; ++i) h.look(look);
  return h.slots();
}

}  // namespace

TEST_CASE("headroom: an engine that was never seen at work gets the first slots") {
  Headroom h;
  CHECK(h.slots() == Headroom::slots_first);
  CHECK(settle(h, {}) == Headroom::slots_first);
  CHECK(settle(h, {20, 0, 0}) == 20);  // it tells no KV use: none may join
}

TEST_CASE("headroom: free KV less the reserve is what further requests may take") {
  Headroom h;
  // Ten requests use a quarter: each a fortieth. 65 % is free beside the reserve.
  CHECK(settle(h, {10, 0, 0.25}) == 10 + 26);
  CHECK(settle(h, {10, 0, 0.89}) < 12);
  CHECK(settle(h, {10, 0, 1.0}) == 10);
}

TEST_CASE("headroom: two engines behind one server have two caches") {
  Headroom one, two;
  CHECK(settle(one, {8, 0, 0.16, 1}) == 8 + 37);
  CHECK(settle(two, {8, 0, 0.16, 2}) == 8 + 82);
}

TEST_CASE("headroom: what a request was seen to take fades slowly when others take less") {
  Headroom h;
  settle(h, {2, 0, 0.5});
  h.look({2, 0, 0.02});
  CHECK(h.slots() < 8);
  CHECK(settle(h, {2, 0, 0.02}, 200) > 60);
}

TEST_CASE("headroom: it grows by a half at most, and shrinks at once") {
  Headroom h;
  h.look({1, 0, 0.001});
  CHECK(h.slots() == 24);
  h.look({1, 0, 0.001});
  CHECK(h.slots() == 36);
  settle(h, {1, 0, 0.001});
  CHECK(h.slots() > 800);
  h.look({3, 0, 0.88});
  CHECK(h.slots() == 3);
}

TEST_CASE("headroom: while requests wait nobody may join, and it does not grow") {
  Headroom h;
  CHECK(settle(h, {10, 0, 0.25}) == 36);
  h.look({10, 2, 0.25});
  CHECK(h.slots() == 12);
  h.look({30, 9, 0.25});
  CHECK(h.slots() == 12);
  h.look({10, 0, 0.25});
  CHECK(h.slots() == 18);
}

TEST_CASE("headroom: while requests are preempted nobody may join, and it does not grow") {
  Headroom h;
  h.look({10, 0, 0.25, 1, 7});  // of before: nothing is known of when
  CHECK(h.slots() == 24);
  h.look({10, 0, 0.25, 1, 9});
  CHECK(h.slots() == 10);
  h.look({12, 0, 0.25, 1, 11});
  CHECK(h.slots() == 10);
  h.look({10, 0, 0.25, 1, 11});
  CHECK(h.slots() == 15);
}

TEST_CASE("headroom: the concurrency that makes tokens too slow is not reached again") {
  Headroom h{50};
  for (int i = 0; i < 50; ++i) {
    h.token(8, 20);
    h.token(32, 80);
  }
  // Half way between 20 and 80 lies the target.
  CHECK(settle(h, {8, 0, 0.02}, 20) == 20);
}

TEST_CASE("headroom: where every measured concurrency is too slow, fewer are let in") {
  Headroom h{50};
  for (int i = 0; i < 50; ++i) h.token(16, 200);
  CHECK(settle(h, {16, 0, 0.1}, 20) == 4);
}

TEST_CASE(
    "headroom: a concurrency that holds is tried at twice as many, and measures are forgotten") {
  Headroom h{50};
  for (int i = 0; i < 50; ++i) h.token(30, 10);
  CHECK(settle(h, {30, 0, 0.03}, 20) == 60);
  CHECK(settle(h, {30, 0, 0.03}, 200) > 500);
}

TEST_CASE("headroom: nonsense changes nothing") {
  Headroom h{50};
  h.token(0, -1);
  h.token(4'000'000'000U, 0);
  h.token(7, 1.0 / 0.0);
  CHECK(settle(h, {0, 0, 0}) == Headroom::slots_first);
  CHECK(settle(h, {65'535, 65'535, 1e9, 1, 1e300}) <= Headroom::slots_max);
}
