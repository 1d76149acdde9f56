// What the command line says about itself: completion and manual pages.
#include "coordinator/cli/commands.hpp"
#include "coordinator/cli/completion.hpp"
#include "coordinator/cli/manual.hpp"

#include <CLI/CLI.hpp>

#include <filesystem>
#include <fstream>
#include <memory>

namespace weir::cli {
namespace {

struct ManFlags {
  std::vector<std::string> command;
  std::string dir;
};

int complete(const CLI::App& app, const std::string& shell) {
  const auto tree = command_tree(app);
  const auto script = shell == "bash"  ? bash_completion(tree)
                      : shell == "zsh" ? zsh_completion(tree)
                                       : fish_completion(tree);
  return put(stdout, script) ? exit_done : exit_failed;
}

int write_all(const Globals& globals, const Command& root, const std::string& dir) {
  namespace fs = std::filesystem;
  std::error_code failed;
  fs::create_directories(dir, failed);
  std::string wrong;
  each_command(root, [&](const Command& command) {
    const auto file = fs::path{dir} / manual_file(command);
    std::ofstream out{file, std::ios::binary};
    out << manual_page(root, command, weir_version);
    if (!out.flush()) wrong = file.string();
  });
  if (wrong.empty()) return exit_done;
  return report(Error{Code::invalid_config, wrong + ": cannot be written"}, globals);
}

int manual(const Globals& globals, const CLI::App& app, const ManFlags& flags) {
  const auto root = command_tree(app);
  if (!flags.dir.empty()) return write_all(globals, root, flags.dir);
  const auto* at = &root;
  for (const auto& name : flags.command) {
    const auto* parent = at;
    for (const auto& child : parent->children)
      if (child.path.back() == name) at = &child;
    if (at == parent)
      return report(Error{Code::invalid_config, "there is no command " + name}, globals);
  }
  return put(stdout, manual_page(root, *at, weir_version)) ? exit_done : exit_failed;
}

}  // namespace

void add_shell_commands(CLI::App& app, const Globals& globals, Action& action) {
  const auto shell = std::make_shared<std::string>();
  auto* completion = app.add_subcommand("completion", "a script that completes weir in a shell");
  completion->add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  completion->callback(
      [&app, &action, shell] { action = [&app, shell] { return complete(app, *shell); }; });

  const auto flags = std::make_shared<ManFlags>();
  auto* man = app.add_subcommand("man", "a command's manual page as roff");
  man->add_option("COMMAND", flags->command, "absent: of weir itself");
  man->add_option("--dir", flags->dir, "write the pages of all commands into it")->type_name("DIR");
  man->callback([&app, &globals, &action, flags] {
    action = [&app, &globals, flags] { return manual(globals, app, *flags); };
  });
}

}  // namespace weir::cli
