#include "coordinator/cli/command_tree.hpp"

#include <CLI/CLI.hpp>

namespace weir::cli {
namespace {

/// CLI11 writes "TEXT:{P0,P1,P2}" and "UINT:INT in [1 - 256]": the type, and its check.
void read_type(const std::string& type, CommandOption& option) {
  option.value = type.substr(0, type.find(':'));
  const auto open = type.find('{'), close = type.rfind('}');
  if (open != std::string::npos && close != std::string::npos && open < close)
    for (std::size_t at = open + 1; at < close;) {
      const auto end = std::min(type.find(',', at), close);
      option.choices.push_back(type.substr(at, end - at));
      at = end + 1;
    }
}

CommandOption option_of(const CLI::Option& from) {
  CommandOption option;
  const bool positional = from.get_positional();
  if (positional) {
    option.names.push_back(from.get_name(true));
  } else {
    for (const auto& name : from.get_lnames()) option.names.push_back("--" + name);
    for (const auto& name : from.get_snames()) option.names.push_back("-" + name);
  }
  if (from.get_items_expected_max() != 0) read_type(from.get_type_name(), option);
  if (positional && option.names[0] == "FILE") option.value = "FILE";
  option.about = from.get_description();
  option.initial = from.get_default_str();
  option.environment = from.get_envname();
  option.repeats = from.get_items_expected_max() > 1;
  option.required = from.get_required();
  return option;
}

Command command_of(const CLI::App& app, std::vector<std::string> path) {
  Command command;
  path.push_back(app.get_name());
  command.path = std::move(path);
  command.about = app.get_description();
  for (const auto* option : app.get_options()) {
    auto known = option_of(*option);
    (option->get_positional() ? command.positionals : command.options).push_back(std::move(known));
  }
  for (const auto* child : app.get_subcommands([](const CLI::App*) { return true; }))
    command.children.push_back(command_of(*child, command.path));
  return command;
}

}  // namespace

std::string Command::joined(const char* by) const {
  std::string all;
  for (const auto& name : path) all += (all.empty() ? "" : by) + name;
  return all;
}

Command command_tree(const CLI::App& app) { return command_of(app, {}); }

}  // namespace weir::cli
