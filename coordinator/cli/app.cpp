#include "coordinator/cli/commands.hpp"
#include "coordinator/cli/manual.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <sstream>

namespace weir::cli {
namespace {

void add_footers(CLI::App& app, const std::string& name) {
  app.footer(help_footer(name));
  for (auto* child : app.get_subcommands([](CLI::App*) { return true; }))
    add_footers(*child, name + " " + child->get_name());
}

/// Help and version go to stdout, errors to stderr, or to stdout where JSON is asked for.
int tell(const CLI::App& app, const CLI::ParseError& e, bool json) {
  std::ostringstream out, err;
  if (app.exit(e, out, err) == 0) return put(stdout, out.str()) ? exit_done : exit_failed;
  if (json) {
    put(stdout, error_json(client::Error{0, "invalid_request", e.what(), {}, {}}) + "\n");
  } else {
    put(stderr, err.str());
  }
  return exit_usage;
}

}  // namespace

int run(int argc, const char* const* argv) {
  Globals globals;
  Action action;
  CLI::App app{"run AI work on your own machines, and see where it ran", "weir"};
  app.set_help_flag("-h,--help", "print this help");
  app.set_version_flag("--version", weir_version, "print the version");
  app.require_subcommand(1);
  app.fallthrough();
  app.add_flag("--json", globals.json, "print JSON instead of text");
  app.add_option("--url", globals.urls, "coordinators, comma-separated, tried in turn")
      ->envname("WEIR_URL")
      ->capture_default_str();
  app.add_option("--api-key", globals.api_key, "sent to the coordinator")->envname("WEIR_API_KEY");
  add_up_command(app, globals, action);
  add_batch_command(app, globals, action);
  add_run_command(app, globals, action);
  add_fleet_commands(app, globals, action);
  add_top_command(app, globals, action);
  add_certs_commands(app, globals, action);
  add_config_commands(app, globals, action);
  add_policy_commands(app, globals, action);
  add_guard_commands(app, globals, action);
  add_shell_commands(app, globals, action);
  add_footers(app, "weir");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    const bool json = std::any_of(argv, argv + argc, [](const char* argument) {
      return std::string_view{argument} == "--json";
    });
    return tell(app, e, json);
  }
  return action();
}

}  // namespace weir::cli
