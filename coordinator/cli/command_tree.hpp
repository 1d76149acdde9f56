// What the command line takes, as plain data: the one source of completion and manual pages.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace weir::cli {

struct CommandOption {
  std::vector<std::string> names;    ///< "--grade", "-h"; of a positional: its one name, "FILE"
  std::string value;                 ///< what it takes, "FILE" or "TEXT"; empty: a flag
  std::vector<std::string> choices;  ///< where only these are taken
  std::string about, initial, environment;
  bool repeats = false, required = false;

  bool takes_file() const { return value == "FILE" || value == "DIR"; }
};

struct Command {
  std::vector<std::string> path;  ///< "weir", "certs", "issue"
  std::string about;
  std::vector<CommandOption> options, positionals;
  std::vector<Command> children;

  std::string joined(const char* by) const;  ///< of `path`
};

Command command_tree(const CLI::App& app);
/// Calls `visit` with the command and all below it, parents first.
template <class Visit>
void each_command(const Command& command, const Visit& visit) {
  visit(command);
  for (const auto& child : command.children) each_command(child, visit);
}

}  // namespace weir::cli
