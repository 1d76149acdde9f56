#include "actors/telemetry/metrics.hpp"

#include <prometheus/text_serializer.h>
#include <algorithm>

namespace weir::telemetry {

prometheus::Counter& Metrics::counter(const std::string& name, const std::string& help,
                                      const Labels& labels) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry_).Add(labels);
}

prometheus::Gauge& Metrics::gauge(const std::string& name, const std::string& help,
                                  const Labels& labels) {
  auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(registry_);
  auto& gauge = family.Add(labels);
  const std::lock_guard lock{mutex_};
  gauges_[name] = &family;
  auto& live = live_gauges_[name];
  if (std::find(live.begin(), live.end(), &gauge) == live.end()) live.push_back(&gauge);
  return gauge;
}

prometheus::Histogram& Metrics::histogram(const std::string& name, const std::string& help,
                                          const std::vector<double>& bounds, const Labels& labels) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry_).Add(labels, bounds);
}

void Metrics::drop_gauges(const std::string& name) {
  const std::lock_guard lock{mutex_};
  const auto family = gauges_.find(name);
  if (family == gauges_.end()) return;
  for (auto* gauge : live_gauges_[name]) family->second->Remove(gauge);
  live_gauges_[name].clear();
}

std::string Metrics::render() const {
  return prometheus::TextSerializer{}.Serialize(registry_.Collect());
}

std::vector<double> latency_bounds() {
  return {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120};
}

std::vector<double> decision_bounds() {
  return {1e-6, 2.5e-6, 5e-6, 1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 1e-2, 1e-1};
}

}  // namespace weir::telemetry
