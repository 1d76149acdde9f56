// Requests that wait for a slot. Late binding: a request is bound to an engine only when that
// engine has a slot for it.
#pragma once

#include "schema/types/brain.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

namespace weir::domain {

/// Requests of one class are alike to every engine but for their exact length.
struct QueueKey {
  Priority priority = Priority::interactive;
  std::string tenant;
  std::string model;  ///< as asked
  Grade grade = Grade::p0;
  Features needs = 0;
  EngineKinds kinds = kinds_all;  ///< whose dialects can say it
  std::uint8_t length_class = 0;  ///< binary logarithm of the tokens needed
  RequestId alone;                ///< set for a request with exclusions: a class of its own

  friend bool operator<(const QueueKey& a, const QueueKey& b) {
    const auto tie = [](const QueueKey& k) {
      return std::tie(k.priority, k.tenant, k.model, k.grade, k.needs, k.kinds, k.length_class,
                      k.alone);
    };
    return tie(a) < tie(b);
  }
};

/// The caller bounds its size (QueueLimits::waiting_max) before it admits a request.
class WaitingQueue {
 public:
  /// Requests of one class that a slot looks at before it turns to the next class.
  static constexpr std::size_t scan_max = 32;

  /// `arrival`: unique, grows with each admitted request; a request that comes back keeps its
  /// own and so its place. `request` must not be waiting already. O(log n).
  void add(RequestId request, QueueKey key, std::uint64_t arrival, TimePoint since);
  /// returns  whether it was waiting. O(log n).
  bool remove(RequestId request);
  bool contains(RequestId request) const { return places_.contains(request); }
  std::size_t size() const { return places_.size(); }
  /// Requests that ask for this model. O(classes).
  std::size_t waiting_for(const std::string& model) const;
  bool empty() const { return places_.empty(); }

  /// The request that should have a freed slot: of the first priority class for which
  /// `fits(request)` holds anywhere, the tenant whose turn it is, then the earliest arrival. It
  /// stays in the queue. O(classes · scan_max) in the worst case.
  template <class Fits>
  std::optional<RequestId> next(Fits&& fits) const;
  /// `tenant` gets a slot: the others of its priority go first now. Call it before remove().
  void served(Priority priority, const std::string& tenant);

  /// In order of class and arrival. O(n).
  std::vector<RequestId> all() const;
  /// What people see: classes by model, grade and priority. O(n).
  std::vector<QueueClassView> view(TimePoint now) const;

 private:
  struct Entry {
    RequestId request;
    TimePoint since;
  };
  using Class = std::map<std::uint64_t, Entry>;  // by arrival
  using Classes = std::map<QueueKey, Class>;
  struct Place {
    Classes::iterator of;
    std::uint64_t arrival;
  };
  using TenantKey = std::pair<Priority, std::string>;
  /// Round robin as start-time fair queueing: a tenant is served in round after round, and one
  /// that comes new joins the current round.
  struct Turn {
    std::uint64_t round = 0;  ///< in which its next request is served
    std::size_t waiting = 0;
  };
  std::uint64_t round_of(Priority priority, const std::string& tenant) const;
  void forget_idle(Priority priority);

  Classes classes_;
  std::unordered_map<RequestId, Place> places_;
  std::map<TenantKey, Turn> turns_;        // also of idle tenants that had their turn this round
  std::array<std::uint64_t, 3> rounds_{};  // by priority: the current round
};

template <class Fits>
std::optional<RequestId> WaitingQueue::next(Fits&& fits) const {
  std::optional<RequestId> best;
  std::pair<std::uint64_t, std::uint64_t> best_turn{};  // tenant's round, arrival
  Priority best_priority{};
  for (const auto& [key, waiting] : classes_) {
    if (best && key.priority != best_priority) break;
    const auto turn = round_of(key.priority, key.tenant);
    std::size_t looked_at = 0;
    for (const auto& [arrival, entry] : waiting) {
      const std::pair mine{turn, arrival};
      if (best && mine >= best_turn) break;
      if (looked_at++ == scan_max) break;
      if (!fits(entry.request)) continue;
      best = entry.request;
      best_turn = mine;
      best_priority = key.priority;
      break;
    }
  }
  return best;
}

}  // namespace weir::domain
