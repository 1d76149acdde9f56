#include "actors/domain/policy/tests.hpp"
#include "coordinator/cli/commands.hpp"
#include "schema/config/load.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <nlohmann/json.hpp>

namespace weir::cli {
namespace {

using nlohmann::json;

/// With the policy's own tests, without which no coordinator takes it.
template <class Loaded>
std::vector<std::string> errors_of(Loaded loaded, const PolicySettings& policy) {
  if (loaded.errors.empty()) loaded.errors = domain::failed_tests(policy);
  return std::move(loaded.errors);
}

int check(const Globals& globals, const std::string& file) {
  const auto kind = config::kind_of(file);
  std::vector<std::string> errors;
  if (!kind) {
    errors.push_back(kind.error().detail);
  } else if (*kind == "agent") {
    const auto loaded = config::load_agent(file);
    errors = errors_of(loaded, loaded.settings.policy);
  } else if (*kind == "policy") {
    const auto loaded = config::load_policy(file);
    errors = errors_of(loaded, loaded.settings);
  } else {
    const auto loaded = config::load_coordinator(file);
    errors = errors_of(loaded, loaded.settings.policy);
  }
  if (globals.json) {
    const json document{{"file", file},
                        {"kind", kind ? json(*kind) : json(nullptr)},
                        {"ok", errors.empty()},
                        {"errors", errors}};
    put(stdout, document.dump(-1, ' ', false, json::error_handler_t::replace) + "\n");
  } else if (errors.empty()) {
    put(stdout, printable(file) + ": ok (" + *kind + ")\n");
  }
  if (!globals.json)
    for (const auto& error : errors) put(stderr, printable(error) + "\n");
  return errors.empty() ? exit_done : exit_usage;
}

}  // namespace

void add_config_commands(CLI::App& app, const Globals& globals, Action& action) {
  auto* group = app.add_subcommand("config", "configuration files");
  group->require_subcommand(1);
  const auto file = std::make_shared<std::string>();
  auto* command = group->add_subcommand("check", "every error of a file with line and column");
  command->add_option("FILE", *file, "a coordinator's or an agent's YAML file, or a policy")
      ->required();
  command->callback(
      [&globals, &action, file] { action = [&globals, file] { return check(globals, *file); }; });
}

}  // namespace weir::cli
