#include "node-agent/probe/presence_rules.hpp"

#include <doctest/doctest.h>

using namespace weir;
using namespace weir::probe;
using namespace std::string_literals;

namespace {

/// Looks in virtual time.
struct World {
  std::optional<bool> look(Millis after, const PresenceLook& what) {
    return rule.step(now += after, what);
  }
  std::optional<bool> said(Millis after, bool present) { return look(after, {present, {}}); }
  std::optional<bool> input(Millis after, const InputSample& sample) {
    return look(after, {{}, sample});
  }
  PresenceRule rule;
  TimePoint now{std::chrono::hours{1}};
};

constexpr Millis second{1'000};

}  // namespace

TEST_CASE("presence: an active local session that is neither idle nor locked is an owner's") {
  const SessionFacts working{"user", "seat0", true, false, false, false};
  CHECK(works_here(working));
  auto s = working;
  s.kind = "greeter";
  CHECK_FALSE(works_here(s));
  s = working;
  s.seat = "";
  CHECK_FALSE(works_here(s));
  s = working;
  s.active = false;
  CHECK_FALSE(works_here(s));
  s = working;
  s.remote = true;
  CHECK_FALSE(works_here(s));
  s = working;
  s.idle = true;
  CHECK_FALSE(works_here(s));
  s = working;
  s.locked = true;
  CHECK_FALSE(works_here(s));
}

TEST_CASE("presence: a file says present or away and nothing else") {
  CHECK(parse_presence("present") == true);
  CHECK(parse_presence(" away \r\n") == false);
  for (const char* odd : {"", " \n", "here", "Present", "present away", "presently"})
    CHECK_FALSE_MESSAGE(parse_presence(odd), odd);
}

TEST_CASE("presence: interrupts of input devices are counted over all processors") {
  const std::string text =
      "           CPU0       CPU1\n"
      "  1:         10          5   IO-APIC   1-edge      i8042\n"
      "  9:        400        400   IO-APIC   9-fasteoi   acpi\n"
      "127:        100          1   PCI-MSI   xhci_hcd\n"
      "LOC:     999999     999999   Local timer interrupts\n";
  CHECK(parse_input_interrupts(text) == 116);
  CHECK_FALSE(parse_input_interrupts("  9:  400   IO-APIC   9-fasteoi   acpi\n"));
  CHECK_FALSE(parse_input_interrupts(""));
}

TEST_CASE("presence: a process's time is read whatever its name is") {
  const std::string rest = " S 1 1 1 0 -1 4194304 1 0 0 0 30 12 0 0 20 0 1 0 5 0 0\n";
  CHECK(parse_process_ticks("7 (a)" + rest) == 42);
  CHECK(parse_process_ticks("7 (odd ) (name) 1 2)" + rest) == 42);
  CHECK_FALSE(parse_process_ticks(""));
  CHECK_FALSE(parse_process_ticks("7 (a) S 1 2"));
}

TEST_CASE("presence: Weir and the engines are told from people's programs") {
  CHECK(serves_models("/usr/bin/weir-node-agent\0--config\0x\0"s));
  CHECK(serves_models("/opt/llama/llama-server\0-m\0model.gguf\0"s));
  CHECK(serves_models("/usr/bin/python3\0-m\0vllm.entrypoints.openai.api_server\0"s));
  CHECK(serves_models("ollama\0runner\0"s));
  CHECK_FALSE(serves_models("/usr/bin/gcc\0-c\0x.c\0"s));
  CHECK_FALSE(serves_models("/home/ollama/bin/game\0"s));
  CHECK_FALSE(serves_models(""));
}

TEST_CASE("presence: the first look is told at once, and only news after it") {
  World w;
  CHECK(w.said(Millis{0}, false) == false);
  CHECK_FALSE(w.said(second, false));
  CHECK(w.said(second, true) == true);
  CHECK_FALSE(w.said(second, true));
}

TEST_CASE("presence: his return counts at once, his leaving after three seconds of it") {
  World w;
  CHECK(w.said(Millis{0}, true) == true);
  CHECK_FALSE(w.said(second, false));
  CHECK_FALSE(w.said(Millis{2'999}, false));
  CHECK(w.said(Millis{1}, false) == false);
  CHECK(w.said(Millis{1}, true) == true);
}

TEST_CASE("presence: an owner who flaps stays present") {
  World w;
  CHECK(w.said(Millis{0}, true) == true);
  for (int i = 0; i < 100; ++i) CHECK_FALSE(w.said(second, i % 3 == 0));
}

TEST_CASE("presence: who cannot be looked at is present") {
  World w;
  CHECK(w.look(Millis{0}, {}) == true);
  CHECK_FALSE(w.look(second, {}));
}

TEST_CASE("presence: without input for a minute he is away, with any he is back") {
  World w;
  InputSample quiet{.interrupts = 5, .terminals_idle = {}, .busy_permille = 0};
  CHECK(w.input(Millis{0}, quiet) == true);
  for (int s = 1; s <= 62; ++s) CHECK_FALSE(w.input(second, quiet));
  CHECK(w.input(second, quiet) == false);  // 60 s without input, and 3 s of being away
  auto typed = quiet;
  typed.interrupts = 6;
  CHECK(w.input(second, typed) == true);
  for (int s = 1; s <= 62; ++s) CHECK_FALSE(w.input(second, typed));
  CHECK(w.input(second, typed) == false);
}

TEST_CASE("presence: a terminal's last input counts from when it was") {
  World w;
  w.said(Millis{0}, false);
  CHECK_FALSE(w.input(second, {.interrupts = {}, .terminals_idle = Millis{61'000}}));
  CHECK(w.input(second, {.interrupts = {}, .terminals_idle = Millis{59'000}}) == true);
}

TEST_CASE("presence: people's programs that work hard count as input, a little work does not") {
  World w;
  w.said(Millis{0}, false);
  CHECK_FALSE(w.input(second, {.busy_permille = 249}));
  CHECK(w.input(second, {.busy_permille = 250}) == true);
}

TEST_CASE("presence: where logind goes away, its last word is where input goes on from") {
  World was_away;
  CHECK(was_away.said(Millis{0}, false) == false);
  CHECK_FALSE(was_away.input(second, {.interrupts = 5}));
  CHECK_FALSE(was_away.said(second, false));
  World was_there;
  CHECK(was_there.said(Millis{0}, true) == true);
  for (int s = 0; s < 50; ++s) CHECK_FALSE(was_there.input(second, {.interrupts = 5}));
  for (int s = 0; s < 12; ++s) CHECK_FALSE(was_there.input(second, {.interrupts = 5}));
  CHECK(was_there.input(second, {.interrupts = 5}) == false);
}
