#include "node-agent/probe/presence_rules.hpp"

#include <algorithm>
#include <array>
#include <sstream>
#include <utility>

namespace weir::probe {
namespace {

/// Parts of the names under which drivers of input devices, and of what they hang on, appear.
constexpr std::array<std::string_view, 9> input_drivers{"i8042",    "i2c_hid",  "hid-over-i2c",
                                                        "ELAN",     "SYNA",     "xhci_hcd",
                                                        "ehci_hcd", "ohci_hcd", "uhci_hcd"};

/// Beginnings of the names of programs that serve models, ours among them.
constexpr std::array<std::string_view, 7> model_servers{"weir", "llama-server", "ollama",   "vllm",
                                                        "VLLM", "lms",          "lm-studio"};

/// How many words of a command line may name the program: an interpreter, its options, a script.
constexpr int words_max = 4;

std::string_view file_name(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

}  // namespace

bool works_here(const SessionFacts& s) {
  return s.kind.starts_with("user") && !s.seat.empty() && s.active && !s.remote && !s.idle &&
         !s.locked;
}

std::optional<bool> parse_presence(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return std::nullopt;
  const auto word = text.substr(first, text.find_last_not_of(blanks) - first + 1);
  if (word == "present") return true;
  if (word == "away") return false;
  return std::nullopt;
}

std::optional<std::uint64_t> parse_input_interrupts(const std::string& proc_interrupts) {
  std::optional<std::uint64_t> all;
  std::istringstream lines{proc_interrupts};
  for (std::string line; std::getline(lines, line);) {
    const auto named = [&line](std::string_view driver) {
      return line.find(driver) != std::string::npos;
    };
    if (std::none_of(input_drivers.begin(), input_drivers.end(), named)) continue;
    std::istringstream fields{line};
    std::string number;
    fields >> number;  // "12:", then one count per processor
    for (std::uint64_t count = 0; fields >> count;) all = all.value_or(0) + count;
  }
  return all;
}

std::optional<std::uint64_t> parse_process_ticks(const std::string& proc_stat) {
  // The name in brackets may hold anything, brackets too: the fields begin behind the last one.
  const auto name_end = proc_stat.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields{proc_stat.substr(name_end + 1)};
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  std::uint64_t user = 0, system = 0;
  if (!(fields >> user >> system)) return std::nullopt;
  return user + system;
}

bool serves_models(std::string_view cmdline) {
  for (int word = 0; word < words_max && !cmdline.empty(); ++word) {
    const auto end = std::min(cmdline.find('\0'), cmdline.size());
    const auto name = file_name(cmdline.substr(0, end));
    for (const auto server : model_servers)
      if (name.starts_with(server)) return true;
    cmdline.remove_prefix(std::min(end + 1, cmdline.size()));
  }
  return false;
}

bool InputRule::present(TimePoint now, const InputSample& sample) {
  auto newest = last_input_.value_or(now);
  const bool typed = sample.interrupts && interrupts_ && *sample.interrupts != *interrupts_;
  if (typed || sample.busy_permille >= busy_min) newest = now;
  if (sample.terminals_idle)
    newest = std::max(newest, now - std::max(Millis{0}, *sample.terminals_idle));
  interrupts_ = sample.interrupts;
  last_input_ = newest;
  return now - newest < input_age_max;
}

void InputRule::assume(TimePoint now, bool present) {
  last_input_ = present ? now : now - input_age_max;
  interrupts_.reset();
}

bool PresenceRule::seen(TimePoint now, const PresenceLook& look) {
  if (look.said) {
    input_.assume(now, *look.said);
    return *look.said;
  }
  return !look.input || input_.present(now, *look.input);
}

std::optional<bool> PresenceRule::step(TimePoint now, const PresenceLook& look) {
  const bool present = seen(now, look);
  if (present || !told_) {
    away_since_.reset();
    return std::exchange(told_, present) == present ? std::nullopt : std::optional{present};
  }
  if (!*told_) return std::nullopt;
  if (!away_since_) away_since_ = now;
  if (now - *away_since_ < away_min) return std::nullopt;
  told_ = false;
  return false;
}

}  // namespace weir::probe
