// test_sim [--seeds N] [--from N] [SCENARIO_FILE]...: every scenario with every seed, until the
// first violation. Without files: all of tests/sim/scenarios.
#include "tests/sim/report.hpp"

#include <unistd.h>
#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <vector>

namespace {

using namespace weir::sim;

struct Ask {
  std::uint64_t seeds = 200;
  std::uint64_t from = 1;
  std::vector<std::string> files;
};

bool read(int argc, char** argv, Ask& ask) {
  for (int i = 1; i < argc; ++i) {
    const std::string arg{argv[i]};
    if (arg == "--seeds" || arg == "--from") {
      if (++i == argc || !read_number(argv[i], arg == "--from" ? ask.from : ask.seeds))
        return false;
    } else {
      if (arg.rfind("--", 0) == 0) return false;
      ask.files.push_back(arg);
    }
  }
  if (!ask.files.empty()) return true;
  for (const auto& entry : std::filesystem::directory_iterator{WEIR_ROOT "/tests/sim/scenarios"})
    if (entry.path().extension() == ".yaml") ask.files.push_back(entry.path().string());
  std::sort(ask.files.begin(), ask.files.end());
  return !ask.files.empty();
}

/// What runs, for the case that the product finds itself in an impossible state and aborts.
std::array<char, 512> running{};

extern "C" void on_abort(int) {
  const auto text = std::string_view{running.data()};
  (void)!::write(STDOUT_FILENO, text.data(), text.size());
  ::_exit(1);
}

bool sweep(const Scenario& scenario, const Ask& ask) {
  const auto begun = std::chrono::steady_clock::now();
  Outcome sum;
  for (auto seed = ask.from; seed < ask.from + ask.seeds; ++seed) {
    std::snprintf(running.data(), running.size(),
                  "violated: impossible: the product aborted\nscenario: %s seed: %llu\n"
                  "again: weir-sim %s --seed %llu --trace\n",
                  scenario.name.c_str(), static_cast<unsigned long long>(seed),
                  scenario.file.c_str(), static_cast<unsigned long long>(seed));
    const auto outcome = run(scenario, seed);
    if (outcome.violation) {
      print_violation(scenario, seed, outcome);
      return false;
    }
    sum.asked += outcome.asked;
    sum.served += outcome.served;
    sum.dispatched += outcome.dispatched;
    sum.resumed += outcome.resumed;
    sum.to_cloud += outcome.to_cloud;
    sum.events += outcome.events;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  std::printf(
      "%-24s %6.1f s %10llu events %8zu requests %8zu served %8zu attempts "
      "%6zu resumed %6zu to the cloud\n",
      scenario.name.c_str(), took.count(), static_cast<unsigned long long>(sum.events), sum.asked,
      sum.served, sum.dispatched, sum.resumed, sum.to_cloud);
  std::fflush(stdout);
  if (sum.served * 10 >= sum.asked) return true;
  std::printf("violated: served: hardly anything is served, so nothing is tested\n");
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  Ask ask;
  if (!read(argc, argv, ask)) {
    std::fprintf(stderr, "usage: test_sim [--seeds N] [--from N] [SCENARIO_FILE]...\n");
    return 2;
  }
  std::signal(SIGABRT, on_abort);
  const auto begun = std::clock();
  for (const auto& file : ask.files) {
    const auto loaded = load_scenario(file);
    for (const auto& error : loaded.errors) std::fprintf(stderr, "%s\n", error.c_str());
    if (!loaded.errors.empty()) return 2;
    if (!sweep(loaded.scenario, ask)) return 1;
  }
  std::printf("%zu scenarios, %llu seeds each: %.1f s of CPU\n", ask.files.size(),
              static_cast<unsigned long long>(ask.seeds),
              static_cast<double>(std::clock() - begun) / CLOCKS_PER_SEC);
  return 0;
}
