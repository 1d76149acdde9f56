#include "coordinator/cli/commands.hpp"

#include <CLI/CLI.hpp>

namespace weir::cli {

int run(int argc, const char* const* argv) {
  Globals globals;
  Action action;
  CLI::App app{"weir: run AI work on your own machines, and see where it ran", "weir"};
  app.set_version_flag("--version", "weir 0.1.0");
  app.require_subcommand(1);
  app.fallthrough();
  app.add_flag("--json", globals.json, "print JSON instead of text");
  app.add_option("--url", globals.urls, "coordinators, comma-separated, tried in turn")
      ->envname("WEIR_URL")
      ->capture_default_str();
  app.add_option("--api-key", globals.api_key, "sent to the coordinator")->envname("WEIR_API_KEY");
  add_up_command(app, globals, action);
  add_run_command(app, globals, action);
  add_fleet_commands(app, globals, action);
  add_certs_commands(app, globals, action);
  add_config_commands(app, globals, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    // CLI11 prints help and version to stdout (0), everything else to stderr.
    return app.exit(e) == 0 ? exit_done : exit_usage;
  }
  return action();
}

}  // namespace weir::cli
