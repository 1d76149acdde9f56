// The store actor: ports::Store behind a bounded channel, written behind by a thread of its own.
#pragma once

#include "actors/ports/store.hpp"
#include "actors/telemetry/metrics.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace caf {
class actor_system;
}

namespace weir::shells {

struct StoreLimits {
  std::size_t records_waiting_max = 10'000;  ///< then the oldest is dropped and counted
  std::size_t finds_waiting_max = 1'000;     ///< then a find fails
  std::size_t records_per_flush = 128;       ///< so many that wait are written at once
  Millis flush_every{100};                   ///< fewer are written after so long
};

/// Any thread may call it; nothing blocks but the destructor, which waits until what was kept is
/// written, at most 2 s. Counts `weir_decisions_dropped_total`. `metrics` must outlive the actor
/// system.
class StoreShell {
 public:
  StoreShell(caf::actor_system& system, std::unique_ptr<ports::Store> store,
             telemetry::Metrics& metrics, StoreLimits limits = {});
  ~StoreShell();
  StoreShell(const StoreShell&) = delete;
  StoreShell& operator=(const StoreShell&) = delete;

  void keep(Explanation explanation);
  using Found = std::function<void(Result<std::optional<Explanation>>)>;
  /// `found` runs once, on the actor's thread or, where too many wait, on the caller's; it must
  /// only hand on. Sees everything kept before.
  void find(std::string public_id, Found found);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace weir::shells
