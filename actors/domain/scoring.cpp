#include "actors/domain/scoring.hpp"

#include <algorithm>

namespace weir::domain {

namespace {

// Prompt tokens per second of engines that have not been measured.
constexpr std::uint32_t prefill_workstation = 200;
constexpr std::uint32_t prefill_server = 1'000;
// A cloud's first token: a constant and 0.03 ms a prompt token.
constexpr std::uint64_t cloud_ttft_ms = 600;
constexpr std::uint32_t cloud_target_ms = 2'500;
constexpr std::uint64_t ttft_ms_max = 3'600'000;

std::uint32_t target_ms(const EngineRow& row, const SloTargets& slo) {
  return row.tier == Tier::l2 ? std::max(cloud_target_ms, slo.ttft_ms) : slo.ttft_ms;
}

/// Steps that the model is above (positive) or below what is asked for.
int capability_gap(const ScoringNeed& need, const Offer& offer) {
  if (need.capability == 0 || offer.capability == 0) return 0;
  return int{offer.capability} - int{need.capability};
}

}  // namespace

std::uint32_t estimated_ttft_ms(const EngineRow& row, std::uint64_t prompt_tokens) {
  const auto tokens = std::min<std::uint64_t>(prompt_tokens, 1ULL << 32U);
  std::uint64_t ms = 0;
  if (row.tier == Tier::l2) {
    ms = cloud_ttft_ms + tokens * 3 / 100;
  } else {
    const auto usual = row.tier == Tier::l0 ? prefill_workstation : prefill_server;
    const auto rate = row.prefill_per_s != 0 ? row.prefill_per_s : usual;
    // Engines prefill one prompt at a time; a running job slows it by the steps it takes.
    const auto own = tokens * 1'000 / rate;
    ms = own * (1 + std::uint64_t{row.waiting}) + own * (row.used() + row.slots_foreign) / 4;
  }
  return static_cast<std::uint32_t>(std::min(ms, ttft_ms_max));
}

Appraisal appraise(const ScoringNeed& need, const EngineRow& row, const Offer& offer,
                   const ScoringWeights& weights, const SloTargets& slo) {
  const bool local = row.tier != Tier::l2;
  const int gap = capability_gap(need, offer);
  const auto target = std::max<std::uint32_t>(target_ms(row, slo), 1);
  Appraisal a;
  const auto begin = estimated_ttft_ms(row, need.prompt_tokens);
  a.ttft_ms = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(ttft_ms_max, std::uint64_t{begin} + offer.load_ms));
  // What is pushed out will have to be loaded again.
  const auto price = a.ttft_ms + (offer.evicts ? std::uint64_t{offer.load_ms} : 0);
  a.score.safety = local ? 1.0 : need.grade == Grade::p2 ? 0.6 : 0.3;
  a.score.capability = gap < 0 ? 0.4 : 1.0 - 0.1 * gap;
  a.score.latency = std::max(0.0, 1.0 - static_cast<double>(price) / static_cast<double>(target));
  a.score.cost = local ? 1.0 : 0.0;
  a.score.total = weights.safety * a.score.safety + weights.capability * a.score.capability +
                  weights.latency * a.score.latency + weights.cost * a.score.cost;

  const bool stated = !need.wants_features || offer.features != 0;
  const bool capable = gap >= 0 && stated;
  if (a.ttft_ms > target)
    a.rank = capable ? Rank::late : Rank::late_and_below;
  else if (capable)
    a.rank = local ? Rank::meets_local : Rank::meets_cloud;
  else
    a.rank = local && gap == -1 && stated ? Rank::one_step_below : Rank::in_time;
  return a;
}

}  // namespace weir::domain
