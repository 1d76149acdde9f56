// A simulated process: what it does happens in its own order, waits while it is stopped, and never
// happens once it is dead.
#pragma once

#include "tests/sim/world/context.hpp"

#include <optional>
#include <utility>
#include <vector>

namespace weir::sim {

class Process {
 public:
  explicit Process(Context& world) : world_{world} {}
  virtual ~Process() = default;
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  bool dead() const { return dead_; }
  bool stopped() const { return stopped_since_.has_value(); }
  std::optional<TimePoint> stopped_since() const { return stopped_since_; }

  void kill() { dead_ = true; }
  void stop() {
    if (!stopped_since_) stopped_since_ = world_.now();
  }
  /// What came meanwhile happens now, in its order.
  void go_on() {
    if (!stopped_since_) return;
    stopped_since_.reset();
    for (auto& action : std::exchange(held_, {})) run(std::move(action));
  }
  /// Now, or once it goes on.
  void run(Timeline::Action action) {
    if (dead_) return;
    if (stopped_since_)
      held_.push_back(std::move(action));
    else
      action();
  }
  void later(Micros time, Timeline::Action action) {
    world_.timeline.after(time,
                          [this, action = std::move(action)]() mutable { run(std::move(action)); });
  }

 protected:
  Context& world_;

 private:
  bool dead_ = false;
  std::optional<TimePoint> stopped_since_;
  std::vector<Timeline::Action> held_;
};

/// A value machine behind its mailbox, as actors/shells runs it: events in batches, effects carried
/// out a moment later, in order.
template <class Event, class Effect>
class Mailbox {
 public:
  using Step = std::function<std::vector<Effect>(const Event&)>;
  using Apply = std::function<void(std::vector<Effect>)>;

  Mailbox(Process& process, Context& world, Step step, Apply apply, Event tick)
      : process_{process},
        world_{world},
        step_{std::move(step)},
        apply_{std::move(apply)},
        tick_{std::move(tick)} {}

  void start() {
    process_.later(tick_every, [this] { beat(); });
  }
  void post(Event event) {
    inbox_.push_back(std::move(event));
    if (inbox_.size() == 1) process_.later(hop(), [this] { run(); });
  }

 private:
  static constexpr Micros tick_every{50'000};

  /// From one thread to another.
  Micros hop() { return world_.between(Micros{20}, Micros{400}); }
  void beat() {
    inbox_.push_back(tick_);
    run();
    process_.later(tick_every, [this] { beat(); });
  }
  void run() {
    std::vector<Effect> effects;
    for (const auto& event : std::exchange(inbox_, {})) {
      auto some = step_(event);
      effects.insert(effects.end(), std::make_move_iterator(some.begin()),
                     std::make_move_iterator(some.end()));
    }
    if (effects.empty()) return;
    apply_at_ = std::max(apply_at_, world_.now() + hop());
    world_.timeline.at(apply_at_, [this, effects = std::move(effects)]() mutable {
      process_.run([this, effects = std::move(effects)]() mutable { apply_(std::move(effects)); });
    });
  }

  Process& process_;
  Context& world_;
  Step step_;
  Apply apply_;
  Event tick_;
  std::vector<Event> inbox_;
  TimePoint apply_at_{};
};

}  // namespace weir::sim
