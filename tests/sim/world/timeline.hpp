// Virtual time: what happens next, in an order that the seed alone decides.
#pragma once

#include "schema/types/units.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

namespace weir::sim {

using Micros = std::chrono::microseconds;

class Timeline {
 public:
  using Action = std::function<void()>;

  TimePoint now() const { return now_; }
  TimePoint begin() const { return begin_; }
  /// Equal times keep the order in which they were asked for; what is past happens now.
  void at(TimePoint when, Action action) {
    events_.push({std::max(when, now_), ++asked_, std::move(action)});
  }
  void after(TimePoint::duration time, Action action) { at(now_ + time, std::move(action)); }
  /// Runs the next event if it is due by `until`. returns  whether there was one.
  bool step(TimePoint until) {
    if (events_.empty() || events_.top().at > until) return false;
    auto action = std::move(const_cast<Event&>(events_.top()).action);  // the order is its key's
    now_ = events_.top().at;
    events_.pop();
    action();
    return true;
  }

 private:
  struct Event {
    TimePoint at;
    std::uint64_t number;
    Action action;
    friend bool operator<(const Event& a, const Event& b) {
      return std::pair{a.at, a.number} > std::pair{b.at, b.number};
    }
  };
  TimePoint begin_{std::chrono::hours{1}};
  TimePoint now_ = begin_;
  std::uint64_t asked_ = 0;
  std::priority_queue<Event> events_;
};

}  // namespace weir::sim
