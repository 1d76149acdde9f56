// Scripts that complete `weir` in shells, made from the command tree. Pure.
#pragma once

#include "coordinator/cli/command_tree.hpp"

#include <string>

namespace weir::cli {

/// Commands, flags, the values of flags that take a few, files where files are taken. Options of
/// `root` may stand behind every command.
std::string bash_completion(const Command& root);
std::string zsh_completion(const Command& root);
std::string fish_completion(const Command& root);

}  // namespace weir::cli
