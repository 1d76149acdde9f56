#include "node-agent/engines/prometheus_text.hpp"

#include <doctest/doctest.h>

using weir::engines::samples;

TEST_CASE("prometheus: all samples of a name are added up, whatever their labels") {
  const auto found =
      samples("# HELP a x\na 1\na{l=\"}\",m=\"\\\"} 9\"} 2.5 1700000000\na_b 7\nba 7\n", "a");
  REQUIRE(found);
  CHECK(found->sum == 3.5);
  CHECK(found->count == 2);
}

TEST_CASE("prometheus: what is no sample is left out") {
  for (const char* page : {"", "a", "a\n", "a{", "a{l=\"}", "a{} ", "a nan", "a inf", "a -1", "a1",
                           "a{}1", "a x", "b 1", " a 1"})
    CHECK_MESSAGE(!samples(page, "a"), page);
  CHECK(samples("a 1", "a")->sum == 1);
}
