#include "actors/domain/queue.hpp"

#include <algorithm>
#include <utility>

namespace weir::domain {

void WaitingQueue::add(RequestId request, QueueKey key, std::uint64_t arrival, TimePoint since) {
  // A tenant that comes new joins the current round: it may not spend turns it did not use, so
  // a stream of newcomers cannot starve one that waits all the time.
  const auto round = rounds_[static_cast<std::size_t>(key.priority)];
  auto& turn = turns_[{key.priority, key.tenant}];
  turn.round = std::max(turn.round, round);
  ++turn.waiting;
  const auto of = classes_.try_emplace(std::move(key)).first;
  const bool new_arrival = of->second.emplace(arrival, Entry{request, since}).second;
  const bool new_request = places_.emplace(request, Place{of, arrival}).second;
  WEIR_ASSERT(new_arrival && new_request);
}

bool WaitingQueue::remove(RequestId request) {
  const auto it = places_.find(request);
  if (it == places_.end()) return false;
  const auto of = it->second.of;
  const auto turn = turns_.find({of->first.priority, of->first.tenant});
  WEIR_ASSERT(turn != turns_.end() && turn->second.waiting > 0);
  --turn->second.waiting;
  const auto round = rounds_[static_cast<std::size_t>(of->first.priority)];
  if (turn->second.waiting == 0 && turn->second.round <= round) turns_.erase(turn);
  of->second.erase(it->second.arrival);
  if (of->second.empty()) classes_.erase(of);
  places_.erase(it);
  return true;
}

void WaitingQueue::served(Priority priority, const std::string& tenant) {
  const auto it = turns_.find({priority, tenant});
  if (it == turns_.end()) return;
  auto& round = rounds_[static_cast<std::size_t>(priority)];
  const bool next_round = it->second.round > round;
  round = std::max(round, it->second.round);
  ++it->second.round;
  if (next_round) forget_idle(priority);
}

void WaitingQueue::forget_idle(Priority priority) {
  const auto round = rounds_[static_cast<std::size_t>(priority)];
  std::erase_if(turns_, [&](const auto& entry) {
    const auto& [key, turn] = entry;
    return key.first == priority && turn.waiting == 0 && turn.round <= round;
  });
}

std::uint64_t WaitingQueue::round_of(Priority priority, const std::string& tenant) const {
  const auto it = turns_.find({priority, tenant});
  return it == turns_.end() ? 0 : it->second.round;
}

std::vector<RequestId> WaitingQueue::all() const {
  std::vector<RequestId> ids;
  ids.reserve(places_.size());
  for (const auto& [key, waiting] : classes_)
    for (const auto& [arrival, entry] : waiting) ids.push_back(entry.request);
  return ids;
}

std::size_t WaitingQueue::waiting_for(const std::string& model) const {
  std::size_t count = 0;
  for (const auto& [key, waiting] : classes_)
    if (key.model == model) count += waiting.size();
  return count;
}

std::vector<QueueClassView> WaitingQueue::view(TimePoint now) const {
  std::map<std::tuple<Priority, std::string, Grade>, QueueClassView> merged;
  for (const auto& [key, waiting] : classes_) {
    auto& view = merged[{key.priority, key.model, key.grade}];
    view.model = key.model;
    view.grade = key.grade;
    view.priority = key.priority;
    view.waiting += static_cast<std::uint32_t>(waiting.size());
    for (const auto& [arrival, entry] : waiting)
      view.oldest_ms =
          std::max(view.oldest_ms, static_cast<std::uint32_t>(millis_between(entry.since, now)));
  }
  std::vector<QueueClassView> views;
  for (auto& [key, view] : merged) views.push_back(std::move(view));
  return views;
}

}  // namespace weir::domain
