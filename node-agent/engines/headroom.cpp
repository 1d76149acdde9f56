#include "node-agent/engines/headroom.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace weir::engines {
namespace {

/// Looks after which a level that was not measured again is forgotten: about two minutes.
constexpr std::uint32_t age_max = 120;
/// Weight of the newest figure of a level.
constexpr double newest = 0.2;

}  // namespace

void Headroom::token(std::uint32_t running, double token_ms) {
  if (!std::isfinite(token_ms) || token_ms <= 0) return;
  running = std::clamp(running, 1U, slots_max);
  auto& level = levels_[static_cast<std::size_t>(std::bit_width(running - 1))];
  const bool first = level.token_ms <= 0;
  level.token_ms = first ? token_ms : level.token_ms + newest * (token_ms - level.token_ms);
  level.running = first ? running : level.running + newest * (running - level.running);
  level.age = 0;
}

std::uint32_t Headroom::kv_limit(const Look& now) const {
  if (kv_per_request_ <= 0) return std::max(now.running, slots_first);
  const double room = (1 - reserve) * now.engines - now.kv_used;
  const double joining = std::clamp(room / kv_per_request_, 0.0, double{slots_max});
  return now.running + static_cast<std::uint32_t>(joining);
}

std::optional<double> Headroom::pace_limit() const {
  const Level* holds = nullptr;  // the highest that does, below the lowest that does not
  for (const auto& level : levels_) {
    if (level.token_ms <= 0) continue;
    if (level.token_ms <= token_ms_max_) {
      holds = &level;
      continue;
    }
    if (holds == nullptr) return level.running * token_ms_max_ / level.token_ms;
    const double share = (token_ms_max_ - holds->token_ms) / (level.token_ms - holds->token_ms);
    return holds->running + share * (level.running - holds->running);
  }
  if (holds == nullptr) return std::nullopt;
  return std::max(2 * holds->running, double{slots_first});  // nobody knows until it is tried
}

void Headroom::look(const Look& now) {
  for (auto& level : levels_)
    if (level.token_ms > 0 && ++level.age > age_max) level = {};
  if (now.running > 0 && now.kv_used > 0) {
    // Requests grow while they run: the most one was seen to take counts, and fades slowly.
    const double each = now.kv_used / now.running;
    kv_per_request_ = std::max(each, kv_per_request_ + 0.05 * (each - kv_per_request_));
  }
  const bool preempted = looked_ && now.preemptions > preemptions_;
  preemptions_ = now.preemptions;
  looked_ = true;
  auto limit = kv_limit(now);
  if (const auto pace = pace_limit())
    limit = std::min(limit, static_cast<std::uint32_t>(std::min(*pace, double{slots_max})));
  const auto has = now.running + now.waiting;
  if (preempted || now.waiting > 0) limit = std::min({limit, slots_, has});
  const auto grown = slots_ + std::max(slots_ / 2, 4U);
  slots_ = std::clamp(std::min(limit, grown), 1U, slots_max);
}

}  // namespace weir::engines
