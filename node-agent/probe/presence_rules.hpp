// When a workstation counts as used by its owner. Pure: no clock, no I/O. In doubt he is there.
#pragma once

#include "schema/types/units.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::probe {

/// A session as logind tells it.
struct SessionFacts {
  std::string kind;  ///< its class: "user", "greeter", …
  std::string seat;  ///< empty: not at this machine's screens
  bool active = false;
  bool remote = false;
  bool idle = false;
  bool locked = false;
};
/// Whether somebody works in this session, at the machine itself.
bool works_here(const SessionFacts& session);

/// What stands in a presence file: true for "present", false for "away", blanks around it aside.
/// nullopt: anything else.
std::optional<bool> parse_presence(std::string_view text);

/// From /proc/interrupts: all interrupts of keyboards, mice and touchpads, and of the USB
/// controllers behind which they are (so a busy USB disk counts as well). nullopt: none of them.
std::optional<std::uint64_t> parse_input_interrupts(const std::string& proc_interrupts);
/// From /proc/<pid>/stat: processor time used, in clock ticks. nullopt: not such a text.
std::optional<std::uint64_t> parse_process_ticks(const std::string& proc_stat);
/// Whether a command line (parts end in a zero byte) is Weir's own or a known engine's.
bool serves_models(std::string_view cmdline);

/// What the machine shows of its users where nobody tells.
struct InputSample {
  std::optional<std::uint64_t> interrupts = {};  ///< since boot; grows with input
  std::optional<Millis> terminals_idle = {};     ///< since the last input on any terminal
  /// Of all processors together, used by people's programs (not Weir's, not an engine's) since
  /// the last sample; 0 .. 1000.
  std::uint16_t busy_permille = 0;
};

/// Present until `input_age_max` after the last input; that much work of people's programs
/// (`busy_min`) counts as input. The first sample counts as input too.
class InputRule {
 public:
  static constexpr Millis input_age_max{60'000};
  static constexpr std::uint16_t busy_min = 250;

  bool present(TimePoint now, const InputSample& sample);
  /// Somebody better informed said so: go on from there.
  void assume(TimePoint now, bool present);

 private:
  std::optional<std::uint64_t> interrupts_;
  std::optional<TimePoint> last_input_;
};

/// One look. Neither: nothing could be looked at.
struct PresenceLook {
  std::optional<bool> said = {};          ///< by the file or by logind
  std::optional<InputSample> input = {};  ///< where nobody said anything
};

/// From looks to what the worker is told.
class PresenceRule {
 public:
  /// So long he must be away before it counts: short absences change nothing.
  static constexpr Millis away_min{3'000};

  /// `now` never goes back. returns  whether he is there, where that is news; the first step
  /// always returns it. His return counts at once.
  std::optional<bool> step(TimePoint now, const PresenceLook& look);

 private:
  bool seen(TimePoint now, const PresenceLook& look);

  InputRule input_;
  std::optional<bool> told_;
  std::optional<TimePoint> away_since_;
};

}  // namespace weir::probe
