#include "coordinator/cli/prometheus_text.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>

namespace weir::cli {
namespace {

void skip_spaces(std::string_view& text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
}

/// A quoted label value, its escapes resolved; `text` stands behind it afterwards.
std::optional<std::string> take_quoted(std::string_view& text) {
  if (text.empty() || text.front() != '"') return std::nullopt;
  std::string value;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return value;
    }
    if (text[i] == '\\' && i + 1 < text.size()) {
      ++i;
      value += text[i] == 'n' ? '\n' : text[i];
    } else {
      value += text[i];
    }
  }
  return std::nullopt;
}

/// `{a="b",c="d"}`; false: it is not whole.
bool take_labels(std::string_view& text, std::map<std::string, std::string>& labels) {
  text.remove_prefix(1);
  for (;;) {
    skip_spaces(text);
    if (!text.empty() && text.front() == '}') {
      text.remove_prefix(1);
      return true;
    }
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) return false;
    std::string key{text.substr(0, equals)};
    text.remove_prefix(equals + 1);
    auto value = take_quoted(text);
    if (!value) return false;
    labels.insert_or_assign(std::move(key), std::move(*value));
    if (!text.empty() && text.front() == ',') text.remove_prefix(1);
  }
}

std::optional<Sample> parse_line(std::string_view line) {
  skip_spaces(line);
  if (line.empty() || line.front() == '#') return std::nullopt;
  const auto end = line.find_first_of("{ \t");
  if (end == std::string_view::npos) return std::nullopt;
  Sample sample;
  sample.name = line.substr(0, end);
  line.remove_prefix(end);
  if (line.front() == '{' && !take_labels(line, sample.labels)) return std::nullopt;
  const std::string number{line};
  char* behind = nullptr;
  sample.value = std::strtod(number.c_str(), &behind);
  if (behind == number.c_str()) return std::nullopt;
  return sample;
}

}  // namespace

std::vector<Sample> parse_prometheus(std::string_view text) {
  std::vector<Sample> samples;
  while (!text.empty() && samples.size() < samples_max) {
    const auto end = std::min(text.find('\n'), text.size());
    if (auto sample = parse_line(text.substr(0, end))) samples.push_back(std::move(*sample));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return samples;
}

double sum_of(const std::vector<Sample>& samples, std::string_view name) {
  double sum = 0;
  for (const auto& s : samples)
    if (s.name == name) sum += s.value;
  return sum;
}

double sum_of(const std::vector<Sample>& samples, std::string_view name, const std::string& key,
              const std::string& value) {
  double sum = 0;
  for (const auto& s : samples)
    if (s.name == name)
      if (const auto at = s.labels.find(key); at != s.labels.end() && at->second == value)
        sum += s.value;
  return sum;
}

Buckets buckets_of(const std::vector<Sample>& samples, const std::string& name) {
  Buckets buckets;
  for (const auto& s : samples)
    if (s.name == name + "_bucket")
      if (const auto le = s.labels.find("le"); le != s.labels.end())
        buckets[std::strtod(le->second.c_str(), nullptr)] += s.value;
  return buckets;
}

Buckets minus(const Buckets& later, const Buckets& earlier) {
  Buckets between;
  for (const auto& [bound, count] : later) {
    const auto at = earlier.find(bound);
    between[bound] = count - (at == earlier.end() ? 0 : at->second);
    if (between[bound] < 0) return later;
  }
  return between;
}

double quantile(const Buckets& buckets, double q) {
  if (buckets.empty() || buckets.rbegin()->second <= 0) return -1;
  const auto wanted = q * buckets.rbegin()->second;
  double below = 0, bound_below = 0;
  for (const auto& [bound, count] : buckets) {
    if (count >= wanted && count > below) {
      if (!std::isfinite(bound)) return bound_below;
      return bound_below + (bound - bound_below) * (wanted - below) / (count - below);
    }
    below = count;
    bound_below = bound;
  }
  return bound_below;
}

}  // namespace weir::cli
