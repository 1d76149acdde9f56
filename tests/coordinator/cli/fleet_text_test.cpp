#include "coordinator/cli/fleet_text.hpp"

#include <doctest/doctest.h>

namespace {

using namespace weir::cli;

const Look plain{80, false};

const char* const nodes = R"({"nodes":[
  {"id":"ws-1","tier":"L0","state":"up","models":["tiny","qwen"],"slots":{"used":1,"total":4},
   "host":{"cpu_cores":8,"memory_bytes":17179869184,"gpus":[],"gpu_memory_bytes":0}},
  {"id":"gpu-01","tier":"L1","state":"draining","models":["tiny"],"slots":{"used":0,"total":16},
   "host":{"cpu_cores":64,"memory_bytes":274877906944,"gpus":["H100","H100"],
           "gpu_memory_bytes":171798691840}}]})";

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("nodes: every machine with its layer, state, slots and models") {
  const auto text = nodes_text(nodes, {200, false});
  REQUIRE(text);
  CHECK(*text ==
        "NODE    TIER  STATE     SLOTS  MODELS      HOST\n"
        "ws-1    L0    up          1/4  tiny, qwen  8 cores, 16 GiB\n"
        "gpu-01  L1    draining   0/16  tiny        64 cores, 256 GiB, 2 GPUs 160 GiB\n");
}

TEST_CASE("nodes: a narrow terminal shows less of each, not a little of everything") {
  CHECK(*nodes_text(nodes, {40, false}) ==
        "NODE    TIER  STATE     SLOTS  MODELS\n"
        "ws-1    L0    up          1/4  tiny, qw…\n"
        "gpu-01  L1    draining   0/16  tiny\n");
}

TEST_CASE("nodes: missing fields stay empty, other documents are refused") {
  const auto text = nodes_text(R"({"nodes":[{"id":"a"},7]})", plain);
  REQUIRE(text);
  CHECK(holds(*text, "\na\n"));
  CHECK(nodes_text(R"({"nodes":[]})", plain) == "no node is connected\n");
  for (const char* wrong : {"", "[]", "{}", R"({"nodes":3})", "<html>", R"({"nodes":[})"})
    CHECK_FALSE(nodes_text(wrong, plain));
}

TEST_CASE("models: nodes as a number or as names, context and aliases under either key") {
  const auto first = models_text(
      R"({"models":[{"id":"chat","nodes":2,"context":8192,"features":["tools"],
          "alias_of":["tiny","qwen"]}]})",
      {120, false});
  const auto second = models_text(
      R"({"models":[{"id":"chat","nodes":["a","b"],"context_tokens":8192,"features":["tools"],
          "members":["tiny","qwen"]}]})",
      {120, false});
  REQUIRE(first);
  CHECK(first == second);
  CHECK(holds(*first, "chat"));
  CHECK(holds(*first, "8192"));
  CHECK(holds(*first, "tiny, qwen"));
  CHECK(models_text(R"({"models":[]})", plain) == "no model is offered by any node\n");
  CHECK_FALSE(models_text("{}", plain));
}

TEST_CASE("queues: totals, and a line for each class") {
  const auto text = queues_text(
      R"({"waiting":3,"waiting_max":4096,"running":2,"classes":[
          {"model":"tiny","grade":"P0","priority":"batch","waiting":3,"oldest_ms":1500}]})",
      plain);
  REQUIRE(text);
  CHECK(*text ==
        "3 waiting (at most 4096), 2 running\n"
        "MODEL  GRADE  PRIORITY  WAITING  OLDEST\n"
        "tiny   P0     batch           3   1.5 s\n");
  CHECK(queues_text(R"({"waiting":0,"waiting_max":9,"running":0,"classes":[]})", plain) ==
        "0 waiting (at most 9), 0 running\n");
  CHECK_FALSE(queues_text(R"({"nodes":[]})", plain));
}

TEST_CASE("fleet facts: nodes are counted, models named once") {
  const auto facts = fleet_facts(nodes);
  REQUIRE(facts);
  CHECK(facts->nodes == 2);
  CHECK(facts->models == std::vector<std::string>{"qwen", "tiny"});
  CHECK_FALSE(fleet_facts("no"));
}

TEST_CASE("running: by name; a node that is not there is not connected") {
  CHECK(running_on(nodes, "ws-1") == 1U);
  CHECK(running_on(nodes, "gpu-01") == 0U);
  CHECK_FALSE(running_on(nodes, "nope"));
  CHECK_FALSE(running_on("<html>", "ws-1"));
}
