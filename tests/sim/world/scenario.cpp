#include "tests/sim/world/scenario.hpp"

#include "schema/config/binder.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>
#include <utility>

namespace weir::sim {
namespace {

using config::Binder;
using config::Need;

constexpr std::uint32_t ms_max = 600'000;
constexpr std::uint32_t count_max = 100'000;
constexpr std::size_t list_max = 64;

constexpr std::array<std::pair<std::string_view, FaultKind>, 17> kinds{{
    {"agent_crash", FaultKind::agent_crash},
    {"agent_stop", FaultKind::agent_stop},
    {"agent_term", FaultKind::agent_term},
    {"cut_to_agent", FaultKind::cut_to_agent},
    {"cut_from_agent", FaultKind::cut_from_agent},
    {"cut", FaultKind::cut},
    {"link_loss", FaultKind::link_loss},
    {"link_slow", FaultKind::link_slow},
    {"engine_crash", FaultKind::engine_crash},
    {"engine_errors", FaultKind::engine_errors},
    {"engine_stall", FaultKind::engine_stall},
    {"engine_slow", FaultKind::engine_slow},
    {"cloud_busy", FaultKind::cloud_busy},
    {"owner", FaultKind::owner},
    {"drain", FaultKind::drain},
    {"coordinator_restart", FaultKind::coordinator_restart},
    {"coordinator_freeze", FaultKind::coordinator_freeze},
}};

void number(Binder& b, const char* key, std::uint32_t least, std::uint32_t most,
            std::uint32_t& out) {
  b.integer(key, Need::optional, least, most, out);
}

void percent(Binder& b, const char* key, std::uint32_t& out) { number(b, key, 0, 100, out); }

void group(Binder& b, Scenario& s) {
  AgentGroup g;
  const auto* name = b.name("name", Need::required, g.name);
  for (const auto& other : s.fleet)
    if (other.name == g.name) b.wrong(name, "name", "is used twice");
  number(b, "count", 1, 64, g.count);
  b.tier("tier", Need::required, g.tier);
  g.accepts_p0 = g.tier != Tier::l2;
  number(b, "slots", 1, 64, g.slots);
  b.texts("models", Need::optional, 1, g.models);
  number(b, "prefill_per_s", 1, count_max, g.prefill_per_s);
  number(b, "decode_per_s", 1, count_max, g.decode_per_s);
  b.boolean("accepts_p0", g.accepts_p0);
  b.boolean("continues", g.continues);
  s.fleet.push_back(std::move(g));
}

void workload(Binder& b, Scenario& s) {
  Workload w;
  w.until_ms = s.run_ms;
  number(b, "from_ms", 0, ms_max, w.from_ms);
  number(b, "until_ms", 1, ms_max, w.until_ms);
  b.integer("per_s", Need::required, 1, 1'000, w.per_s);
  b.texts("models", Need::optional, 1, w.models);
  const auto* grades = b.map("grades", Need::optional, [&w](Binder& g) {
    w.p0 = w.p1 = w.p2 = w.unlabelled = 0;
    percent(g, "P0", w.p0);
    percent(g, "P1", w.p1);
    percent(g, "P2", w.p2);
    percent(g, "none", w.unlabelled);
  });
  if (w.p0 + w.p1 + w.p2 + w.unlabelled == 0) b.wrong(grades, "grades", "must not all be 0");
  percent(b, "stream_percent", w.stream_percent);
  percent(b, "continuable_percent", w.continuable_percent);
  percent(b, "session_percent", w.session_percent);
  percent(b, "finance_percent", w.finance_percent);
  percent(b, "hidden_percent", w.hidden_percent);
  percent(b, "found_percent", w.found_percent);
  percent(b, "leave_percent", w.leave_percent);
  number(b, "deadline_ms", 1, ms_max, w.deadline_ms);
  number(b, "prompt_tokens", 1, count_max, w.prompt_tokens);
  number(b, "output_tokens", 1, count_max, w.output_tokens);
  s.workloads.push_back(std::move(w));
}

void fault(Binder& b, Scenario& s) {
  Fault f;
  f.until_ms = s.run_ms;
  std::string kind;
  const auto* at = b.text("kind", Need::required, 64, kind);
  const auto known =
      std::find_if(kinds.begin(), kinds.end(), [&](const auto& k) { return k.first == kind; });
  if (known != kinds.end())
    f.kind = known->second;
  else if (at != nullptr)
    b.wrong(at, "kind", "is no fault that the simulator knows");
  const auto* who = b.name("who", Need::optional, f.who);
  if (who != nullptr && std::none_of(s.fleet.begin(), s.fleet.end(),
                                     [&](const AgentGroup& g) { return g.name == f.who; }))
    b.wrong(who, "who", "is no group of the fleet");
  number(b, "from_ms", 0, ms_max, f.from_ms);
  number(b, "until_ms", 1, ms_max, f.until_ms);
  number(b, "every_ms", 1, ms_max, f.every_ms);
  number(b, "for_ms", 1, ms_max, f.for_ms);
  percent(b, "percent", f.percent);
  number(b, "factor", 1, 1'000, f.factor);
  s.faults.push_back(std::move(f));
}

void read(Binder& top, Scenario& s) {
  number(top, "run_ms", 1'000, ms_max, s.run_ms);
  top.map("coordinator", Need::optional, [&s](Binder& b) {
    number(b, "waiting_max", 1, 4'096, s.waiting_max);
    number(b, "deadline_ms", 1, ms_max, s.deadline_ms);
    number(b, "stall_ms", 1, ms_max, s.stall_ms);
  });
  top.map("network", Need::optional, [&s](Binder& b) {
    number(b, "delay_ms", 0, 1'000, s.network.delay_ms);
    number(b, "jitter_ms", 0, 1'000, s.network.jitter_ms);
  });
  top.map("guard", Need::optional, [&s](Binder& b) {
    number(b, "delay_ms", 0, 10'000, s.guard.delay_ms);
    percent(b, "late_percent", s.guard.late_percent);
    percent(b, "denied_percent", s.guard.denied_percent);
  });
  top.maps("fleet", Need::required, list_max, [&s](Binder& b) { group(b, s); });
  top.maps("workloads", Need::required, list_max, [&s](Binder& b) { workload(b, s); });
  top.maps("faults", Need::optional, list_max, [&s](Binder& b) { fault(b, s); });
}

}  // namespace

LoadedScenario parse_scenario(const std::string& text, const std::string& file) {
  LoadedScenario loaded;
  loaded.scenario.file = file;
  loaded.scenario.name = std::filesystem::path{file}.stem().string();
  config::Report report{file, ""};
  const auto tree = config::read_tree(text);
  for (const auto& p : tree.problems) report.add(p.place, "", p.what);
  if (report.clean() && tree.root.kind != config::Node::Kind::map)
    report.add(tree.root.place, "", "the file must be a map of keys and values");
  if (report.clean()) {
    Binder top{tree.root, "", report};
    read(top, loaded.scenario);
    top.close();
  }
  loaded.errors = report.lines();
  return loaded;
}

LoadedScenario load_scenario(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  std::ostringstream text;
  if (!(text << in.rdbuf())) return {{}, {path + ":1:1: the file cannot be read"}};
  return parse_scenario(text.str(), path);
}

}  // namespace weir::sim
