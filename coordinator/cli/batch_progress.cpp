#include "coordinator/cli/batch_progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace weir::cli {
namespace {

constexpr std::uint64_t window_ms = 30'000;
constexpr std::size_t bar_most = 30, bar_least = 10;
constexpr std::size_t bar_from = 60;  ///< narrower terminals have room for the numbers alone

std::string percent(const BatchCounts& c) {
  return fmt::format("{:3d}%", c.total == 0 ? 100 : c.answered() * 100 / c.total);
}

std::string eta_text(std::uint64_t ms) {
  return ms < 100'000 ? fmt::format("{} s", (ms + 999) / 1000) : duration_text(ms);
}

/// What stands behind the bar, the most important first.
std::vector<Cell> parts_of(const BatchCounts& c, const BatchRates& r) {
  std::vector<Cell> parts;
  parts.emplace_back(percent(c));
  parts.emplace_back(grouped(c.answered()) + "/" + grouped(c.total));
  if (const auto failed = c.refused + c.given_up; failed != 0)
    parts.emplace_back(grouped(failed) + " failed", Tint::bad);
  if (c.waiting != 0) parts.emplace_back(grouped(c.waiting) + " retrying", Tint::warn);
  if (c.left() != 0) parts.emplace_back(r.eta_ms ? "ETA " + eta_text(*r.eta_ms) : "ETA ?");
  parts.emplace_back(rate_text(r.lines_per_s) + "/s");
  if (c.tokens != 0) parts.emplace_back(rate_text(r.tokens_per_s) + " tok/s");
  if (c.running > c.waiting) parts.emplace_back(grouped(c.running - c.waiting) + " running");
  if (c.waiting != 0 && !c.last_trouble.empty()) parts.emplace_back(c.last_trouble, Tint::dim);
  return parts;
}

std::string bar(const BatchCounts& c, std::size_t width, const Look& look) {
  const auto full = c.total == 0 ? width : static_cast<std::size_t>(c.answered() * width / c.total);
  std::string done, rest;
  for (std::size_t i = 0; i < width; ++i) (i < full ? done : rest) += i < full ? "━" : "─";
  return tinted(done, Tint::good, look) + tinted(rest, Tint::dim, look);
}

}  // namespace

void BatchPace::note(std::uint64_t now_ms, const BatchCounts& counts) {
  marks_.push_back({now_ms, counts.ok + counts.refused, counts.tokens});
  while (marks_.size() > 2 && now_ms - marks_[1].at_ms >= window_ms) marks_.pop_front();
}

BatchRates BatchPace::rates(const BatchCounts& counts) const {
  BatchRates rates;
  if (marks_.size() < 2) return rates;
  const auto& first = marks_.front();
  const auto& last = marks_.back();
  if (last.at_ms == first.at_ms) return rates;
  const auto seconds = static_cast<double>(last.at_ms - first.at_ms) / 1000;
  rates.lines_per_s = static_cast<double>(last.lines - first.lines) / seconds;
  rates.tokens_per_s = static_cast<double>(last.tokens - first.tokens) / seconds;
  if (rates.lines_per_s > 0)
    rates.eta_ms = static_cast<std::uint64_t>(
        std::llround(static_cast<double>(counts.left()) / rates.lines_per_s * 1000));
  return rates;
}

std::string progress_bar(const BatchCounts& counts, const BatchRates& rates, const Look& look) {
  const std::size_t reserved = look.width < bar_from ? 0 : bar_least + 1;
  std::vector<Cell> shown;
  std::size_t used = 0;
  for (auto& part : parts_of(counts, rates)) {
    const auto width = columns(part.text) + (shown.empty() ? 0 : 2);
    if (reserved + used + width > look.width) continue;
    used += width;
    shown.push_back(std::move(part));
  }
  std::string line;
  if (reserved != 0) line = bar(counts, std::min(bar_most, look.width - used - 1), look) + " ";
  for (std::size_t i = 0; i < shown.size(); ++i)
    line += (i == 0 ? "" : "  ") + tinted(shown[i].text, shown[i].tint, look);
  return line;
}

std::string progress_text(const BatchCounts& counts, const BatchRates& rates) {
  std::string line;
  for (const auto& part : parts_of(counts, rates)) line += (line.empty() ? "" : ", ") + part.text;
  return line.substr(line.find_first_not_of(' '));
}

std::string grouped(std::uint64_t number) {
  auto text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, ",");
  return text;
}

std::string rate_text(double per_s) {
  if (per_s >= 99.95) return grouped(static_cast<std::uint64_t>(std::llround(per_s)));
  return fmt::format("{:.{}f}", per_s, per_s > 0 && per_s < 0.995 ? 2 : 1);
}

}  // namespace weir::cli
