// The shell around a value machine: a mailbox that takes events in batches, a clock, a tick. It
// translates and decides nothing. The brain and the worker are both this shell.
#pragma once

#include "actors/shells/defer.hpp"
#include "schema/types/assert.hpp"
#include "schema/types/units.hpp"

#include <spdlog/spdlog.h>
#include <caf/all.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace weir::shells {

/// "Take what lies in the inbox": the only message such an actor gets from outside.
struct Wake {};
/// The machine's own clock tick.
struct Beat {};

}  // namespace weir::shells

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(weir::shells::Wake)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(weir::shells::Beat)

namespace weir::shells {

/// Events on their way into an actor. A burst costs one message: only the push that finds the
/// inbox empty wakes the actor.
template <class Event>
class Inbox {
 public:
  /// returns  whether the actor must be woken.
  bool push(Event event) {
    const std::lock_guard lock{mutex_};
    events_.push_back(std::move(event));
    return events_.size() == 1;
  }
  std::vector<Event> take() {
    const std::lock_guard lock{mutex_};
    return std::exchange(events_, {});
  }
  std::size_t size() const {
    const std::lock_guard lock{mutex_};
    return events_.size();
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Event> events_;
};

/// What a machine shell is made of. `step` is the value machine; `apply` gets all effects of one
/// batch at once, on the actor's thread.
template <class Event, class Effect>
struct Machine {
  const char* name;
  std::function<std::vector<Effect>(TimePoint, const Event&)> step;
  std::function<void(std::vector<Effect>)> apply;
  Event tick;
  Millis tick_every{50};
};

/// The actor. Handlers let no exception out: one that came would end the actor silently, and a
/// scheduler that is gone must not look alive.
template <class Event, class Effect>
caf::behavior machine_actor(caf::event_based_actor* self, std::shared_ptr<Inbox<Event>> inbox,
                            std::shared_ptr<Machine<Event, Effect>> machine) {
  auto run = [self, machine](const std::vector<Event>& events) {
    try {
      std::vector<Effect> effects;
      for (const auto& event : events) {
        auto some = machine->step(self->clock().now(), event);
        if (effects.empty())
          effects = std::move(some);
        else
          std::move(some.begin(), some.end(), std::back_inserter(effects));
      }
      if (!effects.empty()) machine->apply(std::move(effects));
    } catch (const std::exception& e) {
      spdlog::critical("{} failed: {}", machine->name, e.what());
      WEIR_ASSERT(!"a value machine must not throw");
    }
  };
  self->delayed_send(self, machine->tick_every, Beat{});
  return {
      [run, inbox](Wake) { run(inbox->take()); },
      [self, run, inbox, machine](Beat) {
        auto events = inbox->take();
        events.push_back(machine->tick);
        run(events);
        self->delayed_send(self, machine->tick_every, Beat{});
      },
  };
}

/// Owns such an actor from outside the actor system. post() may be called from any thread.
template <class Event, class Effect>
class MachineShell {
 public:
  MachineShell(caf::actor_system& system, Machine<Event, Effect> machine, Defer defer)
      : inbox_{std::make_shared<Inbox<Event>>()},
        defer_{std::move(defer)},
        actor_{system.spawn(machine_actor<Event, Effect>, inbox_,
                            std::make_shared<Machine<Event, Effect>>(std::move(machine)))} {}
  ~MachineShell() { caf::anon_send_exit(actor_, caf::exit_reason::user_shutdown); }
  MachineShell(const MachineShell&) = delete;
  MachineShell& operator=(const MachineShell&) = delete;

  void post(Event event) {
    if (!inbox_->push(std::move(event))) return;
    if (defer_)
      defer_([this] { caf::anon_send(actor_, Wake{}); });
    else
      caf::anon_send(actor_, Wake{});
  }
  std::size_t waiting() const { return inbox_->size(); }

 private:
  std::shared_ptr<Inbox<Event>> inbox_;
  Defer defer_;
  caf::actor actor_;
};

}  // namespace weir::shells
