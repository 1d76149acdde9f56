// Manual pages, made from the command tree and manual_texts. Pure.
#pragma once

#include "coordinator/cli/command_tree.hpp"

#include <string>

namespace weir::cli {

/// The page of one command as roff (man macros); the same on every machine.
std::string manual_page(const Command& root, const Command& command, const std::string& version);
/// "weir-batch.1".
std::string manual_file(const Command& command);
/// What stands below --help: the examples. Empty where there are none.
std::string help_footer(const std::string& command);

}  // namespace weir::cli
