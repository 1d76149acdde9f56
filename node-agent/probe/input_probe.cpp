#include "node-agent/probe/input_probe.hpp"

#include "node-agent/probe/read_file.hpp"

#include <sys/stat.h>
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <utility>

namespace weir::probe {
namespace {

namespace fs = std::filesystem;

/// "nobody" and what containers map; no people from here on.
constexpr uid_t people_end = 60'000;

bool numbered(const std::string& name) {
  return !name.empty() &&
         std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// tty1 and the like, or a pseudo-terminal's number.
bool terminal(const std::string& name) {
  return numbered(name) || (name.starts_with("tty") && numbered(name.substr(3)));
}

/// A terminal's access time is that of its last input, as `w` shows it.
void newest_input(const std::string& folder, std::optional<std::time_t>& newest) {
  std::error_code unreadable;
  for (const auto& entry : fs::directory_iterator{folder, unreadable}) {
    struct stat found {};
    if (!terminal(entry.path().filename().string()) || ::stat(entry.path().c_str(), &found) != 0)
      continue;
    newest = std::max(newest.value_or(found.st_atime), found.st_atime);
  }
}

std::optional<Millis> terminals_idle(const std::string& dev) {
  std::optional<std::time_t> newest;
  newest_input(dev, newest);
  newest_input(dev + "/pts", newest);
  if (!newest) return std::nullopt;
  const auto since =
      std::chrono::system_clock::now() - std::chrono::system_clock::from_time_t(*newest);
  return std::max(Millis{0}, std::chrono::duration_cast<Millis>(since));
}

}  // namespace

InputProbe::InputProbe(std::string proc, std::string dev, uid_t people_min)
    : proc_{std::move(proc)}, dev_{std::move(dev)}, people_min_{people_min} {}

std::uint64_t InputProbe::people_ticks() {
  std::map<std::string, std::uint64_t> seen;
  std::uint64_t used = 0;
  std::error_code unreadable;
  for (const auto& entry : fs::directory_iterator{proc_, unreadable}) {
    const auto pid = entry.path().filename().string();
    struct stat owner {};
    if (!numbered(pid) || ::stat(entry.path().c_str(), &owner) != 0 || owner.st_uid < people_min_ ||
        owner.st_uid >= people_end)
      continue;
    const auto ticks = parse_process_ticks(read_file(entry.path() / "stat").value_or(""));
    if (!ticks) continue;
    seen[pid] = *ticks;
    const auto before = ticks_.find(pid);
    const auto since = before == ticks_.end() || before->second > *ticks ? 0 : before->second;
    if (*ticks > since && !serves_models(read_file(entry.path() / "cmdline").value_or("")))
      used += *ticks - since;
  }
  ticks_ = std::move(seen);
  return used;
}

InputSample InputProbe::look() {
  InputSample sample;
  sample.interrupts = parse_input_interrupts(read_file(proc_ + "/interrupts").value_or(""));
  sample.terminals_idle = terminals_idle(dev_);
  const auto used = people_ticks();
  const auto cpu = parse_cpu_times(read_file(proc_ + "/stat").value_or(""));
  if (cpu && cpu_ && cpu->total > cpu_->total)
    sample.busy_permille = static_cast<std::uint16_t>(
        std::min<std::uint64_t>(1'000, used * 1'000 / (cpu->total - cpu_->total)));
  cpu_ = cpu;
  return sample;
}

}  // namespace weir::probe
