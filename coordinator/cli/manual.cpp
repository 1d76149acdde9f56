#include "coordinator/cli/manual.hpp"

#include "coordinator/cli/manual_texts.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::cli {
namespace {

/// Text as roff shows it unchanged.
std::string roff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if (c == '\'') {
      out += "\\(aq";
    } else if (c == '^' || c == '`' || c == '~') {
      out += c == '^' ? "\\(ha" : c == '`' ? "\\(ga" : "\\(ti";
    } else if (c == '.' && (out.empty() || out.back() == '\n')) {
      out += "\\&.";
    } else {
      out += c;
    }
  }
  return out;
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return text;
}

std::string bold(const std::string& text) { return "\\fB" + roff(text) + "\\fR"; }
std::string italic(const std::string& text) { return "\\fI" + roff(text) + "\\fR"; }

std::string value_name(const CommandOption& option) {
  if (option.choices.empty()) return italic(option.value);
  std::string all;
  for (const auto& choice : option.choices) all += (all.empty() ? "" : "|") + bold(choice);
  return all;
}

std::string synopsis(const Command& command) {
  auto text = bold(command.joined(" "));
  for (const auto& option : command.options) {
    if (option.names[0] == "--help" || option.names[0] == "--version") continue;
    const auto one = bold(option.names[0]) + (option.value.empty() ? "" : " " + value_name(option));
    text += option.required ? " " + one : " [" + one + "]";
    if (option.repeats) text += "...";
  }
  for (const auto& positional : command.positionals) {
    const auto one =
        positional.choices.empty() ? italic(positional.names[0]) : value_name(positional);
    text += positional.required ? " " + one : " [" + one + "]";
  }
  if (!command.children.empty()) text += " " + italic("COMMAND") + " ...";
  return text;
}

std::string option_entry(const CommandOption& option) {
  std::string names;
  for (const auto& name : option.names) names += (names.empty() ? "" : ", ") + bold(name);
  auto text = ".TP\n" + names + (option.value.empty() ? "" : " " + value_name(option)) + "\n" +
              roff(option.about);
  if (!option.initial.empty()) text += " (factory value: " + roff(option.initial) + ")";
  if (!option.environment.empty()) text += "; also " + bold(option.environment);
  return text + "\n";
}

std::string options_section(const char* title, const std::vector<CommandOption>& options) {
  std::string text;
  for (const auto& option : options) text += option_entry(option);
  return text.empty() ? text : fmt::format(".SH {}\n{}", title, text);
}

std::string page_name(const Command& command) { return command.joined("-"); }

std::string description(const Command& command) {
  std::string text = ".SH DESCRIPTION\n";
  const auto* known = manual_text(command.joined(" "));
  if (known == nullptr || known->paragraphs.empty())
    return text +
           roff(command.about.substr(0, 1) == ""
                    ? ""
                    : upper(command.about.substr(0, 1)) + command.about.substr(1)) +
           ".\n";
  for (std::size_t i = 0; i < known->paragraphs.size(); ++i)
    text += (i == 0 ? "" : ".PP\n") + roff(known->paragraphs[i]) + "\n";
  return text;
}

std::string commands_section(const Command& command) {
  if (command.children.empty()) return {};
  std::string text = ".SH COMMANDS\n";
  for (const auto& child : command.children)
    text += ".TP\n" + bold(child.joined(" ")) + "\n" + roff(child.about) + "; see " +
            bold(page_name(child)) + "(1)\n";
  return text;
}

std::string examples_section(const Command& command) {
  const auto* known = manual_text(command.joined(" "));
  if (known == nullptr || known->examples.empty()) return {};
  std::string text = ".SH EXAMPLES\n";
  for (const auto& [line, about] : known->examples)
    text += ".TP\n\\fB" + roff(line) + "\\fR\n" + (about.empty() ? "\\&" : roff(about)) + "\n";
  return text;
}

std::string exits_section() {
  std::string text = ".SH EXIT STATUS\n";
  for (const auto& exit : manual_exits())
    text += fmt::format(".TP\n\\fB{}\\fR\n{}\n", exit.code, roff(exit.about));
  return text;
}

std::string see_also(const Command& root, const Command& command) {
  std::vector<std::string> names;
  if (command.path.size() > 1) names.push_back(page_name(root));
  for (const auto& child : root.children)
    if (child.path != command.path && child.children.empty()) names.push_back(page_name(child));
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ",\n") + bold(name) + "(1)";
  return text.empty() ? text : ".SH SEE ALSO\n" + text + "\n";
}

}  // namespace

std::string manual_page(const Command& root, const Command& command, const std::string& version) {
  auto text = fmt::format(".TH {} 1 \"\" \"{}\" \"Weir\"\n.ad l\n.SH NAME\n{} \\- {}\n",
                          roff(upper(page_name(command))), roff(version), roff(page_name(command)),
                          roff(command.about));
  text += ".SH SYNOPSIS\n.nh\n" + synopsis(command) + "\n.hy\n";
  text += description(command);
  text += commands_section(command);
  text += options_section("ARGUMENTS", command.positionals);
  text += options_section("OPTIONS", command.options);
  if (command.path.size() > 1) {
    std::vector<CommandOption> global;
    for (const auto& option : root.options)
      if (option.names[0] != "--help" && option.names[0] != "--version") global.push_back(option);
    text += options_section("GLOBAL OPTIONS", global);
  }
  return text + exits_section() + examples_section(command) + see_also(root, command);
}

std::string manual_file(const Command& command) { return page_name(command) + ".1"; }

std::string help_footer(const std::string& command) {
  const auto* known = manual_text(command);
  if (known == nullptr || known->examples.empty()) return {};
  std::string text = "\nExamples:";
  for (const auto& [line, about] : known->examples) {
    text += "\n  " + std::string{line};
    if (!about.empty()) text += "\n      " + std::string{about};
  }
  return text;
}

}  // namespace weir::cli
