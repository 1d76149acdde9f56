#include "node-agent/engines/cloud_metrics.hpp"

#include <algorithm>
#include <string>

namespace weir::engines {
namespace {

/// A label is a word of ours: anything else would let a peer make labels.
std::string label_of(std::string_view why) {
  const auto word = why.substr(0, why.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"));
  return word.empty() || word.size() > 32 ? "other" : std::string{word};
}

bool grade_forbids(const ClearanceTerms& terms) {
  return terms.grade == Grade::p0 || (terms.grade == Grade::p1 && !terms.desensitised);
}

}  // namespace

CloudMetrics::CloudMetrics(telemetry::Metrics& metrics)
    : metrics_{metrics},
      sensitive_{metrics.counter("weir_sensitive_to_cloud_total",
                                 "Bytes sent to a cloud that must never go there.")},
      cost_{metrics.counter("weir_cost_usd_total", "What cloud answers cost, in US dollars.")} {}

void CloudMetrics::refused(std::string_view why) {
  metrics_
      .counter("weir_clearance_refused_total", "Requests that this proxy did not let leave.",
               {{"reason", label_of(why)}})
      .Increment();
}

void CloudMetrics::sent(const Cleared& cleared) {
  const auto& terms = cleared.terms();
  sensitive_.Increment(
      static_cast<double>(grade_forbids(terms) ? terms.bytes : cleared.sensitive_bytes()));
}

void CloudMetrics::ended(int status) {
  metrics_
      .counter("weir_cloud_requests_total", "Requests to clouds by their answer's status.",
               {{"code", status == 0 ? "none" : std::to_string(status)}})
      .Increment();
}

void CloudMetrics::spent(MicroUsd cost) {
  cost_.Increment(static_cast<double>(cost.count()) / 1'000'000);
}

}  // namespace weir::engines
