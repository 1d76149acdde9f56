// What a candidate is worth: the four parts of the placement score, and the group that goes
// before the score.
#pragma once

#include "actors/domain/fleet.hpp"
#include "schema/types/brain.hpp"
#include "schema/types/settings.hpp"

#include <cstdint>

namespace weir::domain {

/// What scoring must know of a request.
struct ScoringNeed {
  Grade grade = Grade::p0;
  std::uint64_t prompt_tokens = 0;
  std::uint8_t capability = 0;  ///< 1 .. 3; 0: whatever the model has
  bool wants_features = false;
};

/// Scores nearer than this to the best are as good as the best.
inline constexpr double near_equal = 0.02;

/// How long the first token of a prompt of this length would take on this engine now, in
/// milliseconds; at most one hour. An engine that was not measured gets its tier's usual rate.
std::uint32_t estimated_ttft_ms(const EngineRow& row, std::uint64_t prompt_tokens);

/// What goes before the score; smaller is better.
enum class Rank : std::uint8_t {
  meets_local,     ///< capability and latency target met, on our own machines
  meets_cloud,     ///< the same in the cloud
  one_step_below,  ///< in time, locally, one capability step short
  in_time,         ///< in time, short of capability or of stated features
  late,            ///< capable, beyond the latency target
  late_and_below,
};

struct Appraisal {
  Rank rank = Rank::meets_local;
  ScoreParts score;
  std::uint32_t ttft_ms = 0;
};

/// Score parts are 0 .. 1:
///   safety      1 on our own machines; in the cloud 0.6 for P2 and 0.3 otherwise
///   capability  1 for an exact match or an unknown one, 0.1 less per step above, 0.4 below
///   latency     1 at no wait, 0 at the target (which is at least 2500 ms in the cloud); a model
///               that must be loaded first waits for that, and pays it twice where it evicts one
///   cost        1 on our own machines, 0 in the cloud
/// O(1), no allocation.
Appraisal appraise(const ScoringNeed& need, const EngineRow& row, const Offer& offer,
                   const ScoringWeights& weights, const SloTargets& slo);

}  // namespace weir::domain
