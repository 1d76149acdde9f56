#include "node-agent/probe/presence.hpp"

#include "actors/telemetry/log.hpp"
#include "node-agent/probe/input_probe.hpp"
#include "node-agent/probe/logind.hpp"
#include "node-agent/probe/read_file.hpp"

#include <chrono>
#include <memory>
#include <utility>

namespace weir::probe {
namespace {

constexpr Millis read_file_every{300};
constexpr Millis ask_machine_every{1'000};

LookAtPresence look_at_file(const std::string& file) {
  return [file, said = false]() mutable {
    const auto text = read_file(file);
    const auto word = text ? parse_presence(*text) : std::nullopt;
    if (!word && !std::exchange(said, true))
      spdlog::warn("presence file {}: {}; the owner counts as present", file,
                   text ? "says neither present nor away" : "cannot be read");
    if (word) said = false;
    return PresenceLook{word.value_or(true), std::nullopt};
  };
}

LookAtPresence look_at_machine() {
  return [logind = std::make_shared<Logind>(), input = std::make_shared<InputProbe>(),
          told = std::optional<bool>{}]() mutable {
    PresenceLook look;
    look.said = logind->owner_present();
    if (!look.said) look.input = input->look();
    if (const bool asked = look.said.has_value(); std::exchange(told, asked) != asked)
      spdlog::info("presence: {}",
                   asked ? "logind tells" : "no logind; input and processors are watched");
    return look;
  };
}

void watch(Looker& looker, Millis every, const OpenPresence& open) {
  const auto look = open();
  PresenceRule rule;
  do {
    const auto news = rule.step(std::chrono::steady_clock::now(), look());
    if (!news) continue;
    spdlog::info("the owner is {}", *news ? "present" : "away");
    if (!looker.tell(OwnerObserved{*news})) return;
  } while (looker.wait(every));
}

ports::Worker& present_so_far(ports::Worker& worker) {
  worker.post(OwnerObserved{true});
  return worker;
}

}  // namespace

LookAtPresence open_presence(const std::string& file) {
  return file.empty() ? look_at_machine() : look_at_file(file);
}

PresenceWatch::PresenceWatch(ports::Worker& worker, Millis every, OpenPresence open)
    : thread_{present_so_far(worker),
              [every, open = std::move(open)](Looker& looker) { watch(looker, every, open); }} {}

PresenceWatch::PresenceWatch(ports::Worker& worker, const std::string& file)
    : PresenceWatch{worker, file.empty() ? ask_machine_every : read_file_every,
                    [file] { return open_presence(file); }} {}

}  // namespace weir::probe
