// A scenario: a fleet, the work it gets and what goes wrong, read from a file. The same scenario
// and seed give the same run, event by event.
#pragma once

#include "schema/types/grade.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace weir::sim {

/// Agents that are alike; they are called NAME-1, NAME-2, …, each with one engine.
struct AgentGroup {
  std::string name;
  std::uint32_t count = 1;
  Tier tier = Tier::l1;
  std::uint32_t slots = 4;
  std::vector<std::string> models{"small"};
  std::uint32_t prefill_per_s = 4'000;
  std::uint32_t decode_per_s = 100;
  bool accepts_p0 = true;
  bool continues = false;  ///< its engines go on from the beginning of an answer
};

struct NetworkShape {
  std::uint32_t delay_ms = 1;   ///< one way
  std::uint32_t jitter_ms = 2;  ///< added, uniform
};

/// The guard that clears what leaves for the cloud.
struct GuardShape {
  std::uint32_t delay_ms = 3;
  std::uint32_t late_percent = 0;    ///< answers that take up to 600 ms more
  std::uint32_t denied_percent = 0;  ///< of what it could clear: busy, late, a dialect, …
};

/// Requests that arrive at random between `from_ms` and `until_ms`.
struct Workload {
  std::uint32_t from_ms = 0;
  std::uint32_t until_ms = 0;
  std::uint32_t per_s = 10;
  std::vector<std::string> models{"small"};
  std::uint32_t p0 = 25, p1 = 25, p2 = 40, unlabelled = 10;  ///< parts
  std::uint32_t stream_percent = 70;
  std::uint32_t continuable_percent = 0;  ///< of the streams
  std::uint32_t session_percent = 20;
  std::uint32_t finance_percent = 15;  ///< of the tenant whose floor is P1
  std::uint32_t hidden_percent = 0;    ///< of P2: holds P0, whatever its label says
  std::uint32_t found_percent = 50;    ///< of all: the detector sees what it holds when it comes
  std::uint32_t leave_percent = 5;     ///< clients that leave before the end
  std::uint32_t deadline_ms = 0;       ///< at most; 0: the coordinator's
  std::uint32_t prompt_tokens = 400;   ///< at most
  std::uint32_t output_tokens = 80;    ///< at most
};

enum class FaultKind : std::uint8_t {
  agent_crash,     ///< killed; a new one starts after `for_ms`
  agent_stop,      ///< SIGSTOP: accepts, never answers
  agent_term,      ///< SIGTERM; a new one starts `for_ms` after it has drained
  cut_to_agent,    ///< what the coordinator sends does not arrive; silent
  cut_from_agent,  ///< what the agent sends does not arrive; silent
  cut,             ///< both
  link_loss,       ///< the connection breaks, what was on its way is lost
  link_slow,       ///< `factor` KiB/s
  engine_crash,    ///< every job fails, none starts
  engine_errors,   ///< `percent` of the jobs end with a 5xx, or break off
  engine_stall,    ///< `percent` of the jobs never get on
  engine_slow,     ///< `factor` times as slow
  cloud_busy,      ///< `percent` of the jobs get a 429
  owner,           ///< the workstation's owner is there
  drain,           ///< an operator drains the agent, and takes that back
  coordinator_restart,
  coordinator_freeze,  ///< its loops stand still
};

struct Fault {
  FaultKind kind = FaultKind::agent_crash;
  std::string who;  ///< a group; empty: any agent
  std::uint32_t from_ms = 0;
  std::uint32_t until_ms = 0;
  std::uint32_t every_ms = 0;    ///< mean time between two; 0: once, at from_ms, all of `who`
  std::uint32_t for_ms = 1'000;  ///< mean
  std::uint32_t percent = 100;
  std::uint32_t factor = 8;
};

struct Scenario {
  std::string file;
  std::string name;
  std::uint32_t run_ms = 20'000;
  std::uint32_t waiting_max = 64;
  std::uint32_t deadline_ms = 6'000;
  std::uint32_t stall_ms = 3'000;
  NetworkShape network;
  GuardShape guard;
  std::vector<AgentGroup> fleet;
  std::vector<Workload> workloads;
  std::vector<Fault> faults;
};

/// `errors`: each as file:line:column: key: what; empty means that the scenario is whole.
struct LoadedScenario {
  Scenario scenario;
  std::vector<std::string> errors;
};

LoadedScenario load_scenario(const std::string& path);
LoadedScenario parse_scenario(const std::string& text, const std::string& file);

}  // namespace weir::sim
