// What a cloud proxy counts of its own accord, whatever a coordinator says.
#pragma once

#include "actors/telemetry/metrics.hpp"
#include "schema/types/clearance.hpp"

#include <string_view>

namespace weir::engines {

class CloudMetrics {
 public:
  /// `metrics` must outlive this.
  explicit CloudMetrics(telemetry::Metrics& metrics);

  /// A request was kept here; `why` is one of our own words: a RefusalReason's name, or an error's
  /// detail, of which the first word counts.
  void refused(std::string_view why);
  /// These bytes are about to leave. What must not, by their grade or by what the proxy's own
  /// detector found, is counted apart.
  void sent(const Cleared& cleared);
  /// A request that was sent, or was to be, ended: the provider's status; 0 where there was none.
  void ended(int status);
  void spent(MicroUsd cost);

 private:
  telemetry::Metrics& metrics_;
  prometheus::Counter& sensitive_;
  prometheus::Counter& cost_;
};

}  // namespace weir::engines
