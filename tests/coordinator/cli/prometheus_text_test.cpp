#include "coordinator/cli/prometheus_text.hpp"

#include <doctest/doctest.h>

#include <limits>

namespace {

using namespace weir::cli;

const char* const text = R"(# HELP weir_tokens_total Tokens
# TYPE weir_tokens_total counter
weir_tokens_total{kind="completion",tier="L0"} 40
weir_tokens_total{kind="completion",tier="L2"} 2 1700000000000
weir_tokens_total{kind="prompt",tier="L0"} 1e3
weir_spill_mode 1
odd{name="a\"b\\c\nd",} 5
h_bucket{le="0.1"} 10
h_bucket{le="0.5"} 30
h_bucket{le="+Inf"} 40
broken{a="b
broken
)";

}  // namespace

TEST_CASE("prometheus: samples with and without labels; lines that are broken are left out") {
  const auto samples = parse_prometheus(text);
  CHECK(samples.size() == 8);
  CHECK(sum_of(samples, "weir_tokens_total") == 1042);
  CHECK(sum_of(samples, "weir_tokens_total", "kind", "completion") == 42);
  CHECK(sum_of(samples, "weir_tokens_total", "kind", "other") == 0);
  CHECK(sum_of(samples, "weir_spill_mode") == 1);
  CHECK(samples[4].labels.at("name") == "a\"b\\c\nd");
  CHECK(parse_prometheus("").empty());
}

TEST_CASE("prometheus: quantiles lie within their bucket; differences of two reads") {
  const auto buckets = buckets_of(parse_prometheus(text), "h");
  CHECK(buckets.size() == 3);
  CHECK(quantile(buckets, 0.25) == doctest::Approx(0.1));
  CHECK(quantile(buckets, 0.5) == doctest::Approx(0.3));
  CHECK(quantile(buckets, 0.95) == doctest::Approx(0.5));
  CHECK(quantile({}, 0.5) == -1);
  CHECK(quantile({{0.1, 0.0}}, 0.5) == -1);
  const double inf = std::numeric_limits<double>::infinity();
  const Buckets earlier{{0.1, 4}, {0.5, 10}, {inf, 10}};
  CHECK(minus(buckets, earlier) == Buckets{{0.1, 6}, {0.5, 20}, {inf, 30}});
  CHECK(minus(earlier, buckets) == earlier);
}
