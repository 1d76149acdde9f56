#include "actors/domain/outlier.hpp"

#include <algorithm>

namespace weir::domain {

void Outlier::eject(TimePoint now) {
  constexpr std::uint32_t doublings_max = 16;
  const auto time = policy_.ejected_min * (1U << std::min(ejections_, doublings_max));
  until_ = now + std::min<Millis>(time, policy_.ejected_max);
  ramp_since_.reset();
  ++ejections_;
  failures_ = 0;
}

void Outlier::failed(TimePoint now) {
  if (left_out(now)) return;
  if (until_ || ++failures_ >= policy_.failures_max) eject(now);
}

void Outlier::succeeded(TimePoint now) {
  if (left_out(now)) return;
  failures_ = 0;
  if (until_) {
    until_.reset();
    ramp_since_ = now;
  } else if (ramp_since_ && now - *ramp_since_ >= policy_.ramp) {
    ramp_since_.reset();
    ejections_ = 0;
  }
}

std::uint32_t Outlier::jobs_max(std::uint32_t total, TimePoint now) const {
  if (left_out(now)) return 0;
  if (until_) return 1;
  if (!ramp_since_ || now - *ramp_since_ >= policy_.ramp) return UINT32_MAX;
  const auto passed = static_cast<std::uint64_t>(millis_between(*ramp_since_, now));
  const auto ramp = static_cast<std::uint64_t>(policy_.ramp.count());
  return static_cast<std::uint32_t>(std::max<std::uint64_t>(1, total * passed / ramp));
}

bool Outlier::clean(TimePoint now) const {
  if (failures_ > 0 || until_) return false;
  return !ramp_since_ || now - *ramp_since_ >= 2 * policy_.ramp;
}

}  // namespace weir::domain
