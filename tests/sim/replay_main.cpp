// weir-sim SCENARIO_FILE --seed N [--trace]: one run of one scenario, the same each time.
#include "tests/sim/report.hpp"

namespace {

struct Ask {
  std::string file;
  std::uint64_t seed = 1;
  bool trace = false;
};

bool read(int argc, char** argv, Ask& ask) {
  for (int i = 1; i < argc; ++i) {
    const std::string arg{argv[i]};
    if (arg == "--trace") {
      ask.trace = true;
    } else if (arg == "--seed" && i + 1 < argc) {
      ++i;
      if (!weir::sim::read_number(argv[i], ask.seed)) return false;
    } else {
      if (!ask.file.empty() || arg.rfind("--", 0) == 0) return false;
      ask.file = arg;
    }
  }
  return !ask.file.empty();
}

}  // namespace

int main(int argc, char** argv) {
  using namespace weir::sim;
  Ask ask;
  if (!read(argc, argv, ask)) {
    std::fprintf(stderr, "usage: weir-sim SCENARIO_FILE --seed N [--trace]\n");
    return 2;
  }
  const auto loaded = load_scenario(ask.file);
  for (const auto& error : loaded.errors) std::fprintf(stderr, "%s\n", error.c_str());
  if (!loaded.errors.empty()) return 2;
  const auto outcome = run(loaded.scenario, ask.seed, ask.trace);
  std::printf(
      "%s seed %llu: %llu events, %zu requests, %zu served, %zu attempts, %zu resumed, "
      "%zu to the cloud\n",
      loaded.scenario.name.c_str(), static_cast<unsigned long long>(ask.seed),
      static_cast<unsigned long long>(outcome.events), outcome.asked, outcome.served,
      outcome.dispatched, outcome.resumed, outcome.to_cloud);
  if (!outcome.violation) return 0;
  print_violation(loaded.scenario, ask.seed, outcome);
  return 1;
}
