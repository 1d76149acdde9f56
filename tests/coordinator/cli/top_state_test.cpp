#include "coordinator/cli/top_state.hpp"

#include <doctest/doctest.h>

namespace {

using namespace weir::cli;

const std::string nodes = R"({"nodes":[
  {"id":"gpu-01","tier":"L1","state":"up","models":["a","b"],"slots":{"used":3,"total":8},
   "load":{"owner_present":false,"cpu_used_permille":250,"gpu_used_permille":900,
           "engines":[{"waiting":2,"decode_tokens_per_s":40},{"decode_tokens_per_s":60}]}},
  {"id":"ws-1","tier":"L0","state":"owner","slots":{"used":0,"total":4},
   "load":{"owner_present":true}}]})";
const std::string queues = R"({"waiting":7,"waiting_max":4096,"running":3,"classes":[
  {"model":"a","grade":"P0","priority":"batch","waiting":2,"oldest_ms":10},
  {"model":"b","grade":"P2","priority":"batch","waiting":5,"oldest_ms":20}]})";

TopRead read_at(std::uint64_t at_ms, const std::string& metrics) {
  return {nodes, queues, metrics, at_ms};
}

}  // namespace

TEST_CASE("top: nodes, queues with the longest first, and their sums") {
  TopHistory history{"http://c"};
  REQUIRE(history.take(read_at(0, "weir_spill_mode 1\n")));
  const auto& s = history.state();
  REQUIRE(s.nodes.size() == 2);
  CHECK(s.nodes[0].waiting == 2);
  CHECK(s.nodes[0].decode_per_s == 60);
  CHECK(s.nodes[1].owner_present);
  CHECK(s.nodes_up() == 1);
  CHECK(s.slots_used() == 3);
  CHECK(s.slots_total() == 12);
  CHECK(s.queues.at(0).model == "b");
  CHECK(s.spill);
  CHECK(s.window_ms == 0);
}

TEST_CASE("top: rates are differences, over ten seconds at the most") {
  TopHistory history{"http://c"};
  const auto metrics = [](int n) {
    return "weir_requests_total{code=\"200\"} " + std::to_string(10 * n) +
           "\nweir_requests_total{code=\"503\"} " + std::to_string(n) +
           "\nweir_tokens_total{kind=\"completion\",tier=\"L0\"} " + std::to_string(100 * n) +
           "\nweir_time_to_first_token_seconds_bucket{le=\"0.1\"} " + std::to_string(n) +
           "\nweir_time_to_first_token_seconds_bucket{le=\"+Inf\"} " + std::to_string(n) + "\n";
  };
  for (int n = 0; n <= 30; ++n)
    REQUIRE(history.take(read_at(static_cast<std::uint64_t>(n) * 1000, metrics(n))));
  const auto& s = history.state();
  CHECK(s.window_ms == 10'000);
  CHECK(s.requests_per_s == doctest::Approx(11));
  CHECK(s.failed_per_s == doctest::Approx(1));
  CHECK(s.tokens_per_s == doctest::Approx(100));
  REQUIRE(s.first_token_p50_ms);
  CHECK(*s.first_token_p50_ms == doctest::Approx(50));
  REQUIRE(history.take(read_at(31'000, metrics(0))));  // it was started anew
  CHECK(history.state().requests_per_s == 0);
}

TEST_CASE("top: another server's answers leave the state as it is") {
  TopHistory history{"http://c"};
  REQUIRE(history.take(read_at(0, "")));
  CHECK_FALSE(history.take({"<html>", queues, "", 1000}));
  CHECK_FALSE(history.take({nodes, "{}", "", 1000}));
  CHECK(history.state().trouble == "the answer is not a coordinator's");
  CHECK(history.state().nodes.size() == 2);
  history.failed("gone");
  REQUIRE(history.take(read_at(2000, "")));
  CHECK(history.state().trouble.empty());
}

TEST_CASE("top: a JSON line for each look") {
  TopHistory history{"http://c"};
  REQUIRE(history.take(read_at(0, "")));
  const auto line = top_json(history.state(), 5);
  CHECK(line.back() == '\n');
  CHECK(line.find('\n') == line.size() - 1);
  CHECK(line.find(R"("at_unix_ms":5)") != std::string::npos);
  CHECK(line.find(R"("first_token_ms":{"p50":null,"p95":null})") != std::string::npos);
  CHECK(line.find(R"("slots":{"total":8,"used":3})") != std::string::npos);
}
