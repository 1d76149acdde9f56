#include "actors/domain/token_rate.hpp"

#include <algorithm>

namespace weir::domain {

namespace {

constexpr std::uint64_t body_bytes_min = 8'192;
constexpr std::uint32_t enough = 8;
constexpr double unlearnt = 24;
constexpr double least_learnt = 3;
constexpr double margin = 2;
constexpr double fading = 0.995;

}  // namespace

void TokenRate::learn(std::uint64_t body_bytes, Tokens prompt) {
  if (body_bytes < body_bytes_min || prompt.count() <= 0) return;
  const auto rate = static_cast<double>(body_bytes) / static_cast<double>(prompt.count());
  most_ = std::max(rate, most_ * fading);
  seen_ = std::min(seen_ + 1, enough);
}

std::uint64_t TokenRate::least_tokens(std::uint64_t body_bytes) const {
  const auto rate = seen_ < enough ? unlearnt : std::clamp(margin * most_, least_learnt, unlearnt);
  return static_cast<std::uint64_t>(static_cast<double>(body_bytes) / rate);
}

}  // namespace weir::domain
