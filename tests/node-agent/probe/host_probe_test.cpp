#include "node-agent/probe/host_probe.hpp"
#include "node-agent/probe/gpus.hpp"
#include "tests/node-agent/probe/folder.hpp"

#include <doctest/doctest.h>

using namespace weir::probe;

TEST_CASE("probe: processor times are read, idle and waiting apart from busy") {
  const auto t = parse_cpu_times("cpu  10 20 30 400 50 1 2 3 9 9\ncpu0 1 1 1 1\n");
  REQUIRE(t);
  CHECK(t->busy == 66);
  CHECK(t->total == 516);
  CHECK_FALSE(parse_cpu_times(""));
  CHECK_FALSE(parse_cpu_times("intr 1 2 3"));
  CHECK_FALSE(parse_cpu_times("cpu nonsense"));
}

TEST_CASE("probe: memory is read in bytes") {
  const auto m = parse_memory("MemTotal:  100 kB\nMemFree: 5 kB\nMemAvailable:   40 kB\n");
  REQUIRE(m);
  CHECK(m->total_bytes == 102'400);
  CHECK(m->available_bytes == 40'960);
  CHECK_FALSE(parse_memory("nothing here"));
}

TEST_CASE("probe: load is the mean since the last look") {
  const weir::test::Folder proc;
  proc.write("stat", "cpu 100 0 0 100 0 0 0 0\n");
  proc.write("meminfo", "MemTotal: 8 kB\nMemAvailable: 4 kB\n");
  HostProbe probe{proc.dir};
  CHECK(probe.load().cpu_used_permille == 0);
  proc.write("stat", "cpu 125 0 0 175 0 0 0 0\n");
  const auto load = probe.load();
  CHECK(load.cpu_used_permille == 250);
  CHECK(load.memory_free_bytes == 4'096);
  proc.write("stat", "cpu 1 0 0 1 0 0 0 0\n");  // counters that went back
  CHECK(probe.load().cpu_used_permille == 0);
}

TEST_CASE("probe: this machine has processors and memory, and may have GPUs") {
  const auto facts = HostProbe{}.facts();
  CHECK(facts.cpu_cores >= 1);
  CHECK(facts.memory_bytes > 0);
  CHECK(facts.gpus.size() <= 64);
}

TEST_CASE("probe: without NVIDIA's library there are no GPUs and no error") {
  const Gpus none{"libweir-no-such-library.so"};
  CHECK(none.facts().names.empty());
  CHECK(none.used_permille() == 0);
}
