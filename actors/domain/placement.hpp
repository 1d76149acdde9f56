// Where a request may run and where it runs best. Safety is a filter and comes first; a weight
// can be outvoted, a filter cannot.
#pragma once

#include "actors/domain/fleet.hpp"
#include "actors/domain/policy/gate.hpp"
#include "actors/domain/random.hpp"
#include "actors/domain/scoring.hpp"
#include "schema/types/brain.hpp"
#include "schema/types/settings.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace weir::domain {

/// Why a candidate is left out, in the order in which the reasons are looked at.
enum class Filter : std::uint8_t {
  none,
  cloud_engine_outside_l2,  ///< a cloud engine behind a certificate that is not L2
  p0_never_leaves,
  p1_not_cleared,
  spill_disabled,
  policy,       ///< the customer's policy does not permit it
  kept_here,    ///< the guard did not clear it, or the cloud's dialects cannot say it
  over_budget,  ///< it may cost more than what is left of the cloud's budget
  owner_policy,
  suspect,
  draining,
  owner_present,
  engine_down,
  ejected,  ///< failed several times in a row
  features,
  dialect,  ///< its engine's dialect cannot say the request
  context,
  failed_before,  ///< this request failed there, or was refused for good
  refused,        ///< the agent refused it and has not reported since
  busy,           ///< no free slot: the only reason that waiting for a slot cures
  local_first,    ///< L2, while one of our own machines can serve it
  count_,
};
/// For people: "no free slot".
std::string_view reason_of(Filter filter);

/// An engine (or a whole agent) that one request must not be sent to.
struct Exclusion {
  std::uint64_t agent_serial = 0;
  std::optional<std::uint32_t> engine;  ///< absent: all of the agent's engines
  /// Until the agent has reported more often than this; absent: for good.
  std::optional<std::uint64_t> until_reports;
};

/// What placement must know of a request.
struct Job {
  Grade grade = Grade::p0;
  std::string_view tenant;
  Features needs = 0;
  std::uint64_t prompt_tokens = 0;  ///< upper estimate
  ModelQuery query;
  std::span<const Exclusion> excluded;
  Endpoint endpoint = Endpoint::chat_completions;
  std::uint64_t body_bytes = 0;
  bool one_text = false;                ///< its bytes tell of its tokens
  EngineKinds kinds = kinds_all;        ///< whose dialects can say it
  std::uint32_t output_tokens_max = 0;  ///< 0: not stated
  bool kept_here = false;               ///< the cloud is no choice any more
  bool spill = false;                   ///< our own machines would be too late: the cloud may
  bool redactable = false;              ///< P1: the guard may replace what makes it so
  const PolicyGate* gate = nullptr;     ///< what the policy leaves for it; nullptr: all
  std::optional<MicroUsd> budget{};     ///< left for the cloud; absent: no limit
};
/// Tokens that an answer in the cloud may have where the client set no limit.
inline constexpr std::uint32_t cloud_output_tokens_default = 4'096;
/// What the job may cost there at most.
MicroUsd cost_cap_of(const Job& job, const Offer& offer);

struct PlacePolicy {
  ScoringWeights weights;
  SloTargets slo;
  bool spill_enabled = true;
};

/// What stood in the way of all candidates together.
struct Survey {
  std::array<std::uint32_t, static_cast<std::size_t>(Filter::count_)> by_filter{};
  std::uint32_t candidates = 0;
  std::uint32_t legal_and_fit = 0;   ///< allowed by safety, with the features and the context
  std::uint32_t context_short = 0;   ///< allowed by safety, with the features, too short
  std::uint32_t features_short = 0;  ///< allowed by safety, without the features or the dialect
  bool only_cloud_fits = false;      ///< a cloud engine fits; the grade alone forbids it
  bool policy_forbids = false;       ///< an engine fits; the customer's policy alone forbids it

  std::uint32_t count(Filter filter) const { return by_filter[static_cast<std::size_t>(filter)]; }
};

struct Choice {
  RowIndex row = 0;
  ModelNumber model = 0;
  Features features = 0;  ///< of the model there
  Appraisal appraisal;
};

/// One candidate as it was looked at; kept small, for there may be 10,000.
struct Seen {
  RowIndex row = 0;
  ModelNumber model = 0;
  Filter filter = Filter::none;
  Rank rank = Rank::meets_local;
  float total = 0;
};

struct Placed {
  std::optional<Choice> choice;
  Survey survey;
};

/// The safety rule, alone: may data of this grade go to this engine at all? Looks at the grade and
/// at whether the guard may redact. Filter::none, or one of the first four reasons.
Filter safety_filter(const Job& job, const EngineRow& row, bool spill_enabled);

/// The first reason against this candidate; never local_first, which depends on the others.
Filter first_filter(const Job& job, const Fleet& fleet, const Offer& offer, bool spill_enabled);

/// Whether any candidate could run the job now or as soon as a slot frees. O(candidates), and
/// O(1) where the first ones can.
bool serviceable(const Job& job, const Fleet& fleet, const PlacePolicy& policy);

/// Whether this engine may take the job now. O(models of the engine), and a `serviceable` over
/// our own machines for an L2 engine.
bool can_take(const Job& job, const Fleet& fleet, RowIndex row, const PlacePolicy& policy);

/// Chooses an engine. Holds scratch memory only.
class Placer {
 public:
  /// Those that meet the capability and latency target first, local before cloud, then by
  /// weighted score; of those nearly equal to the best, two are drawn and the less used one
  /// wins. O(candidates), no allocation once warm.
  Placed place(const Job& job, const Fleet& fleet, const PlacePolicy& policy, Random& random);
  /// All candidates of the last call, in no particular order.
  const std::vector<Seen>& seen() const { return seen_; }

 private:
  Survey look(const Job& job, const Fleet& fleet, const PlacePolicy& policy);
  std::optional<Seen> pick(const Fleet& fleet, Random& random) const;

  std::vector<Seen> seen_;
};

/// What scoring needs of a job.
ScoringNeed need_of(const Job& job);

}  // namespace weir::domain
