#include "node-agent/engines/prometheus_text.hpp"

#include <charconv>
#include <cmath>

namespace weir::engines {
namespace {

/// What follows the labels of a line, which may hold anything within quotes; nullopt where they do
/// not end.
std::optional<std::string_view> after_labels(std::string_view rest) {
  if (rest.empty() || rest.front() != '{') return rest;
  bool quoted = false;
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (quoted && rest[i] == '\\')
      ++i;
    else if (rest[i] == '"')
      quoted = !quoted;
    else if (rest[i] == '}' && !quoted)
      return rest.substr(i + 1);
  }
  return std::nullopt;
}

std::optional<double> value_of(std::string_view rest) {
  const auto text = after_labels(rest);
  if (!text || text->empty() || text->front() != ' ') return std::nullopt;
  const auto from = text->find_first_not_of(' ');
  if (from == std::string_view::npos) return std::nullopt;
  double value = 0;
  const auto parsed = std::from_chars(text->data() + from, text->data() + text->size(), value);
  if (parsed.ec != std::errc{} || !std::isfinite(value) || value < 0) return std::nullopt;
  return value;
}

}  // namespace

std::optional<Samples> samples(std::string_view text, std::string_view name) {
  Samples found;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    if (line.starts_with(name))
      if (const auto value = value_of(line.substr(name.size()))) {
        found.sum += *value;
        ++found.count;
      }
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  if (found.count == 0) return std::nullopt;
  return found;
}

}  // namespace weir::engines
