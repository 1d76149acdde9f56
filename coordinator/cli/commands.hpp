// The command groups. Each adds its subcommands to `app`; a parsed command line sets `action`.
#pragma once

#include "coordinator/cli/console.hpp"

namespace CLI {
class App;
}

namespace weir::cli {

/// nodes, models, queues, explain, drain, undrain
void add_fleet_commands(CLI::App& app, const Globals& globals, Action& action);
void add_batch_command(CLI::App& app, const Globals& globals, Action& action);
void add_run_command(CLI::App& app, const Globals& globals, Action& action);
/// certs init, issue, show
void add_certs_commands(CLI::App& app, const Globals& globals, Action& action);
/// config check
void add_config_commands(CLI::App& app, const Globals& globals, Action& action);
/// policy check, show
void add_policy_commands(CLI::App& app, const Globals& globals, Action& action);
/// guard scan, explain
void add_guard_commands(CLI::App& app, const Globals& globals, Action& action);
void add_top_command(CLI::App& app, const Globals& globals, Action& action);
void add_up_command(CLI::App& app, const Globals& globals, Action& action);

/// completion, man; `app` must outlive the action
void add_shell_commands(CLI::App& app, const Globals& globals, Action& action);

inline constexpr const char* weir_version = "weir 0.1.0";

/// `weir`: parses the command line and does what it says. returns  the exit code.
int run(int argc, const char* const* argv);

}  // namespace weir::cli
