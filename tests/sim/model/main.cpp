// weir-guard-model: explores every bounded interleaving of what may happen to a request that must
// not leave, and judges each layer that keeps it here on its own.
#include "tests/sim/model/explore.hpp"
#include "tests/sim/model/layers.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

using namespace weir::model;

int usage() {
  std::fputs(
      "usage: weir-guard-model [--deep] [--disturbances N] [--victim NAME] [--no-pruning]\n"
      "--no-pruning explores the whole tree, too, and compares the states.\n",
      stderr);
  return 2;
}

void print(const std::string& victim, const Explored& e) {
  std::printf("%-16s %8zu states %9zu transitions, depth %2zu, %zu with the request in a cloud\n",
              victim.c_str(), e.states, e.transitions, e.depth, e.reached);
}

void print(const Violation& violation) {
  std::printf("violated: %s: %s\n", violation.property.c_str(), violation.what.c_str());
}

struct Totals {
  std::size_t states = 0, transitions = 0, reached = 0;
  bool bad = false;
};

void run(const Victim& victim, Search search, bool compare, Totals& totals) {
  const auto e = explore(victim, search);
  print(victim.name, e);
  std::fflush(stdout);
  totals.states += e.states;
  totals.transitions += e.transitions;
  totals.reached += e.reached;
  if (e.violation) {
    totals.bad = true;
    for (const auto& action : e.path) std::printf("  %s\n", text_of(action).c_str());
    return print(*e.violation);
  }
  if (victim.reaches != (e.reached > 0)) {
    totals.bad = true;
    print(Violation{"control", victim.reaches ? "it never reaches a cloud" : "it reaches a cloud"});
  }
  if (!compare) return;
  search.pruning = false;
  const auto whole = explore(victim, search);
  print("  not pruned", whole);
  if (whole.seen == e.seen) return;
  totals.bad = true;
  print(Violation{"pruning", "the whole tree has other states"});
}

}  // namespace

int main(int argc, char** argv) {
  Search search;
  bool compare = false;
  std::string only;
  for (int i = 1; i < argc; ++i) {
    const std::string arg = argv[i];
    if (arg == "--deep")
      search.bounds.disturbances = 4;
    else if (arg == "--no-pruning")
      compare = true;
    else if (arg == "--disturbances" && i + 1 < argc)
      search.bounds.disturbances = static_cast<std::uint32_t>(std::atoi(argv[++i]));
    else if (arg == "--victim" && i + 1 < argc)
      only = argv[++i];
    else
      return usage();
  }
  Totals totals;
  const auto layers = judge_layers();
  for (const auto& violation : layers.violations) print(violation);
  std::printf("layers alone: %zu questions\n", layers.questions);
  if (!layers.violations.empty()) return 1;
  for (const auto& victim : victims())
    if (!totals.bad && (only.empty() || only == victim.name)) run(victim, search, compare, totals);
  std::printf("in all: %zu states, %zu transitions, %zu with the request in a cloud\n",
              totals.states, totals.transitions, totals.reached);
  return totals.bad ? 1 : 0;
}
