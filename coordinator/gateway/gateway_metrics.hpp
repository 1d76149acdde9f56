// What the gateway counts, under the names of the public contract. Handles are cached: counting
// is an atomic add. No label takes its value from a request's text.
#pragma once

#include "actors/telemetry/metrics.hpp"
#include "schema/types/brain.hpp"

#include <array>
#include <map>
#include <optional>
#include <string>

namespace weir::gateway {

/// Nodes with gauges of their own; a larger fleet is told by `weir_nodes` alone.
inline constexpr std::size_t nodes_with_gauges_max = 256;

class GatewayMetrics {
 public:
  explicit GatewayMetrics(telemetry::Metrics& metrics);

  /// A data-plane request got `status` (499: its client left). Grade and tier are absent where it
  /// was refused before they were known.
  void ended(std::optional<Grade> grade, std::optional<Tier> tier, int status, double seconds);
  void first_token(Tier tier, double seconds) { first_token_[index(tier)]->Observe(seconds); }
  void per_output_token(Tier tier, double seconds) { per_token_[index(tier)]->Observe(seconds); }
  /// An attempt was sent to its agent.
  void dispatched(const Placement& placement);
  void tokens(Tier tier, const Usage& usage);
  void spill_changed(bool on);
  void settled(const Settled& settled);
  /// What the guard said of a request that was to leave; `denied` is null where it may.
  void guard_verdict(Grade grade, const ClearanceDenied* denied);
  /// What the guard found in a request that came in.
  void inspected(const Detected& found);
  /// Weir itself refused the request.
  void refused(Code code);
  /// A message or data of an attempt that is not its request's current one was dropped.
  void stale() { stale_->Increment(); }

  /// Sets the gauges from what the brain knows, then renders everything.
  std::string render(const FleetView& fleet, const QueueView& queues);

 private:
  template <class Name>
  static std::size_t index(Name name) {
    return static_cast<std::size_t>(name);
  }

  telemetry::Metrics& metrics_;
  std::map<std::array<int, 3>, prometheus::Counter*> requests_;  ///< by grade, tier, status
  std::map<Code, prometheus::Counter*> refused_;
  std::map<std::string, prometheus::Counter*, std::less<>> redispatched_;
  std::array<prometheus::Histogram*, 3> first_token_{};
  std::array<prometheus::Histogram*, 3> per_token_{};
  std::array<prometheus::Histogram*, 3> queue_{};
  std::array<std::array<prometheus::Counter*, 2>, 3> tokens_{};
  std::array<std::array<prometheus::Gauge*, 3>, 3> depth_{};  ///< by priority and grade
  std::map<std::string, prometheus::Counter*, std::less<>> spilled_;
  std::array<std::array<prometheus::Counter*, 2>, 3> inspected_{};  ///< by grade; 1: complete
  std::array<prometheus::Counter*, 3> cost_{};
  prometheus::Counter* saved_ = nullptr;
  prometheus::Gauge* spill_mode_ = nullptr;
  prometheus::Counter* spill_changes_ = nullptr;
  prometheus::Histogram* seconds_ = nullptr;
  prometheus::Counter* stale_ = nullptr;
};

}  // namespace weir::gateway
