#include "coordinator/cli/completion.hpp"

#include <fmt/format.h>

namespace weir::cli {
namespace {

std::string words(const std::vector<std::string>& all, const char* by = " ") {
  std::string text;
  for (const auto& word : all) text += (text.empty() ? "" : by) + word;
  return text;
}

std::vector<std::string> names_of_children(const Command& command) {
  std::vector<std::string> names;
  for (const auto& child : command.children) names.push_back(child.path.back());
  return names;
}

/// Its own options, and those of the root that it has not itself (--help).
std::vector<CommandOption> options_of(const Command& command, const Command& root) {
  auto all = command.options;
  if (&command == &root) return all;
  for (const auto& option : root.options) {
    bool own = option.names[0] == "--version";
    for (const auto& mine : command.options) own = own || mine.names[0] == option.names[0];
    if (!own) all.push_back(option);
  }
  return all;
}

bool takes_files(const Command& command) {
  for (const auto& positional : command.positionals)
    if (positional.takes_file()) return true;
  return false;
}

/// Quoted for a shell.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

/// A text inside [...] of zsh's _arguments.
std::string zsh_text(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string zsh_value(const CommandOption& option) {
  if (option.value.empty()) return "";
  const auto what = option.value == "DIR" ? "_files -/" : option.takes_file() ? "_files" : "";
  return ":" + zsh_text(option.value) + ":" +
         (option.choices.empty() ? std::string{what} : "(" + words(option.choices) + ")");
}

std::string zsh_function(const Command& command, const Command& root) {
  auto text = fmt::format("_{}() {{\n", command.joined("_"));
  if (!command.children.empty()) text += "  local context state line\n";
  text += command.children.empty() ? "  _arguments" : "  _arguments -C";
  for (const auto& option : options_of(command, root))
    for (const auto& name : option.names)
      text += " \\\n    " + quoted(fmt::format("{}{}{}[{}]{}", option.repeats ? "*" : "", name,
                                               option.value.empty() || name[1] != '-' ? "" : "=",
                                               zsh_text(option.about), zsh_value(option)));
  if (command.children.empty()) {
    for (const auto& positional : command.positionals) {
      const auto choices = "(" + words(positional.choices) + ")";
      text += " \\\n    " + quoted(":" + zsh_text(positional.names[0]) + ":" +
                                   (positional.takes_file()      ? "_files"
                                    : positional.choices.empty() ? " "
                                                                 : choices));
    }
    return text + "\n}\n";
  }
  text += " \\\n    '1: :->command' '*:: :->rest'\n  case $state in\n    command)\n";
  text += "      local -a commands=(\n";
  for (const auto& child : command.children)
    text += "        " + quoted(child.path.back() + ":" + zsh_text(child.about)) + "\n";
  text += "      )\n      _describe command commands ;;\n    rest)\n      case $line[1] in\n";
  for (const auto& child : command.children)
    text += fmt::format("        {}) _{} ;;\n", child.path.back(), child.joined("_"));
  return text + "      esac ;;\n  esac\n}\n";
}

/// The condition under which fish completes this command's own words.
std::string fish_condition(const Command& command) {
  std::string text;
  for (std::size_t i = 1; i < command.path.size(); ++i)
    text += (text.empty() ? "" : "; and ") + std::string{"__fish_seen_subcommand_from "} +
            command.path[i];
  return text;
}

}  // namespace

std::string bash_completion(const Command& root) {
  std::string steps, values, all;
  each_command(root, [&](const Command& c) {
    for (const auto& child : c.children)
      steps += fmt::format("      {0}/{1}) at={0}_{1} ;;\n", c.joined("_"), child.path.back());
    std::vector<std::string> flags;
    for (const auto& option : options_of(c, root)) {
      for (const auto& name : option.names) flags.push_back(name);
      if (option.value.empty()) continue;
      std::vector<std::string> patterns;
      for (const auto& name : option.names) patterns.push_back(c.joined("_") + "/" + name);
      const std::string reply = !option.choices.empty() ? "-W " + quoted(words(option.choices))
                                : option.takes_file()   ? (option.value == "DIR" ? "-d" : "-f")
                                                        : "-W ''";
      values += fmt::format("    {}) reply {}; return ;;\n", words(patterns, "|"), reply);
    }
    auto nouns = names_of_children(c);
    for (const auto& positional : c.positionals)
      nouns.insert(nouns.end(), positional.choices.begin(), positional.choices.end());
    all += fmt::format("    {}) flags={} nouns={} files={} ;;\n", c.joined("_"),
                       quoted(words(flags)), quoted(words(nouns)), takes_files(c) ? "1" : "''");
  });
  return fmt::format(R"(# bash completion for weir; `source <(weir completion bash)`
_weir() {{
  local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}}
  local at=weir i flags nouns files
  reply() {{ mapfile -t COMPREPLY < <(compgen "$@" -- "$cur"); }}
  for ((i = 1; i < COMP_CWORD; i++)); do
    case $at/${{COMP_WORDS[i]}} in
{}    esac
  done
  case $at/$prev in
{}  esac
  case $at in
{}  esac
  if [[ $cur == -* ]]; then
    reply -W "$flags"
  elif [[ $files ]]; then
    reply -f
  else
    reply -W "$nouns"
  fi
}}
complete -o filenames -F _weir weir
)",
                     steps, values, all);
}

std::string zsh_completion(const Command& root) {
  std::string text = "#compdef weir\n# zsh completion; put it as _weir into a folder of $fpath\n";
  each_command(root, [&](const Command& c) { text += zsh_function(c, root); });
  return text +
         "if [ \"$funcstack[1]\" = _weir ]; then _weir \"$@\"; else compdef _weir weir; fi\n";
}

std::string fish_completion(const Command& root) {
  std::string text =
      "# fish completion; put it as weir.fish into ~/.config/fish/completions\ncomplete -c weir "
      "-f\n";
  each_command(root, [&](const Command& c) {
    auto seen = fish_condition(c);
    if (!c.children.empty()) {
      const auto none = (seen.empty() ? "" : seen + "; and ") + "not __fish_seen_subcommand_from " +
                        words(names_of_children(c));
      for (const auto& child : c.children)
        text += fmt::format("complete -c weir -n {} -a {} -d {}\n", quoted(none), child.path.back(),
                            quoted(child.about));
    }
    const auto when = seen.empty() ? "" : " -n " + quoted(seen);
    if (takes_files(c)) text += "complete -c weir" + when + " -F\n";
    for (const auto& positional : c.positionals)
      if (!positional.choices.empty())
        text += "complete -c weir" + when + " -a " + quoted(words(positional.choices)) + "\n";
    for (const auto& option : c.options) {
      text += "complete -c weir" + when;
      for (const auto& name : option.names)
        text += name.rfind("--", 0) == 0 ? " -l " + name.substr(2) : " -s " + name.substr(1);
      text += " -d " + quoted(option.about);
      if (!option.value.empty()) text += option.takes_file() ? " -r -F" : " -x";
      if (!option.choices.empty()) text += " -a " + quoted(words(option.choices));
      text += "\n";
    }
  });
  return text;
}

}  // namespace weir::cli
