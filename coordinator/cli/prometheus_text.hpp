// Reads what GET /metrics answers (Prometheus' text format), as far as `weir top` needs it. Pure.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace weir::cli {

/// Samples beyond this are left out.
inline constexpr std::size_t samples_max = 100'000;

struct Sample {
  std::string name;
  std::map<std::string, std::string> labels;
  double value = 0;
};
/// Lines that cannot be read are left out. O(text).
std::vector<Sample> parse_prometheus(std::string_view text);

/// The sum of all samples of a name, whatever their labels; 0 where there is none.
double sum_of(const std::vector<Sample>& samples, std::string_view name);
/// The sum of those whose label `key` is `value`.
double sum_of(const std::vector<Sample>& samples, std::string_view name, const std::string& key,
              const std::string& value);
/// Cumulated counts of a histogram by upper bound (+Inf is infinity), summed over its labels.
using Buckets = std::map<double, double>;
Buckets buckets_of(const std::vector<Sample>& samples, const std::string& name);
/// What lies between two reads; a restarted program's counts begin anew.
Buckets minus(const Buckets& later, const Buckets& earlier);
/// The value below which the share `q` (0..1) of the observations lies, within the bucket's
/// bounds; the last finite bound where it is above all; -1: no observation.
double quantile(const Buckets& buckets, double q);

}  // namespace weir::cli
