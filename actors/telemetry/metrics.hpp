// Metrics in Prometheus's text form. Handles are looked up once and kept: using one is an atomic
// add. No label takes its value from a request's text.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace weir::telemetry {

using Labels = std::map<std::string, std::string>;

/// All metrics of one process. Thread-safe. Asking for the same name and labels again gives the
/// same handle, which lives as long as this object.
class Metrics {
 public:
  prometheus::Counter& counter(const std::string& name, const std::string& help,
                               const Labels& labels = {});
  prometheus::Gauge& gauge(const std::string& name, const std::string& help,
                           const Labels& labels = {});
  /// `bounds`: upper bucket bounds in seconds, ascending.
  prometheus::Histogram& histogram(const std::string& name, const std::string& help,
                                   const std::vector<double>& bounds, const Labels& labels = {});
  /// Forgets every gauge of `name` (nodes come and go).
  void drop_gauges(const std::string& name);
  /// Prometheus text format 0.0.4.
  std::string render() const;

 private:
  prometheus::Registry registry_;
  std::map<std::string, prometheus::Family<prometheus::Gauge>*> gauges_;
  std::map<std::string, std::vector<prometheus::Gauge*>> live_gauges_;
  std::mutex mutex_;
};

/// Buckets for request and first-token times: 1 ms to 2 min.
std::vector<double> latency_bounds();
/// Buckets for decisions: 1 µs to 100 ms.
std::vector<double> decision_bounds();

}  // namespace weir::telemetry
