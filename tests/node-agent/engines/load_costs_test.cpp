#include "node-agent/engines/load_costs.hpp"

#include <doctest/doctest.h>

using namespace weir::engines;

TEST_CASE("load times: the last measured, else the rate of others, else that of a disk") {
  LoadTimes times;
  CHECK(times.expected("a", 0) == 0);
  CHECK(times.expected("a", 4'000'000'000) == 4'000);
  times.loaded("a", 4'000'000'000, 8'000);
  CHECK(times.expected("a", 4'000'000'000) == 8'000);
  CHECK(times.expected("b", 1'000'000'000) == 2'000);
  times.loaded("small", 1'000, 300);  // says nothing of the disk
  CHECK(times.expected("small", 1'000) == 300);
  CHECK(times.expected("b", 1'000'000'000) == 2'000);
  times.loaded("c", 1, -1);
  times.loaded("c", 1, 1e300);
  CHECK(times.expected("c", 0) == 0);
}

TEST_CASE("load room: it is known once a model was pushed out, and grows with what is seen") {
  LoadRoom room;
  room.look({{"a"}});
  CHECK_FALSE(room.full());
  room.look({{"a"}, {"b"}});
  CHECK_FALSE(room.full());
  room.look({{"b"}, {"c"}});  // a had to go
  CHECK(room.full());
  room.look({{"b"}});
  CHECK_FALSE(room.full());
  room.look({{"b"}, {"c"}, {"d"}});
  CHECK(room.full());
  room.look({{"b"}, {"c"}});
  CHECK_FALSE(room.full());
}

TEST_CASE("load room: a model that went by itself, or of old age, was not pushed out") {
  LoadRoom room;
  room.look({{"a"}});
  room.look({});
  room.look({{"b", true}});
  room.look({{"c"}});
  CHECK_FALSE(room.full());
}
