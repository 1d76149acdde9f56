#include "actors/domain/placement.hpp"

#include "actors/domain/clearance.hpp"
#include "schema/dialect/dialects.hpp"

#include <algorithm>

namespace weir::domain {

namespace {

/// An engine that states no features is taken at its protocol's word: text, tools and JSON.
/// Images, embeddings and reranking must be stated, by the engine or by an alias.
constexpr Features assumed = feature::tools | feature::json;

bool has_features(const Job& job, const Offer& offer) {
  const bool stated = (offer.features & ~(feature::continues | feature::messages)) != 0;
  const auto has = stated ? offer.features : offer.features | assumed;
  return (job.needs & ~has) == 0;
}

/// Only what surely cannot fit is refused here; the engine knows its tokens better than we do.
/// Images and sounds are long as bytes and short as tokens, and some bodies hold many prompts. How
/// much the answer may be is no obstacle: engines stop at their context's end.
bool has_context(const Job& job, const Fleet& fleet, const Offer& offer) {
  return offer.context_tokens == 0 || !job.one_text ||
         fleet.least_tokens(offer.model, job.body_bytes) <= offer.context_tokens;
}

bool has_dialect(const Job& job, const EngineRow& row) {
  return (job.kinds & kind_bit(row.kind)) != 0;
}

/// Whether the customer's policy permits it. Where none of its rules is about regions, the engine's
/// is not looked up.
bool policy_permits(const Job& job, const EngineRow& row) {
  if (job.gate == nullptr) return true;
  PolicyObject object{row.tier, {}, row.kind};
  if (job.gate->by_region())
    for (const auto& engine : row.agent->engines)
      if (engine.engine == row.number) object.region = engine.region;
  return job.gate->permits(object);
}

bool owner_accepts(const Job& job, const EngineRow& row) {
  if (!row.accepts[static_cast<std::size_t>(job.grade)]) return false;
  return row.any_tenant || row.agent->accept.accepts(job.grade, job.tenant);
}

Filter state_filter(const EngineRow& row) {
  switch (row.node) {
    case NodeState::suspect:
      return Filter::suspect;
    case NodeState::draining:
      return Filter::draining;
    case NodeState::owner:
      return Filter::owner_present;
    case NodeState::up:
      return row.up ? Filter::none : Filter::engine_down;
  }
  return Filter::suspect;
}

Filter exclusion_filter(const Job& job, const EngineRow& row) {
  for (const auto& e : job.excluded) {
    if (e.agent_serial != row.agent->serial || (e.engine && *e.engine != row.number)) continue;
    if (!e.until_reports) return Filter::failed_before;
    if (row.agent->reports <= *e.until_reports) return Filter::refused;
  }
  return Filter::none;
}

/// Whether the reason goes away by itself, soon, without anything but load changing.
bool cured_by_waiting(Filter filter) {
  return filter == Filter::none || filter == Filter::busy || filter == Filter::refused;
}

bool forbidden_by_grade(Filter filter) {
  return filter == Filter::p0_never_leaves || filter == Filter::p1_not_cleared;
}

/// Counts what, apart from load and state, a candidate could or could not do.
void count_obstacle(Survey& survey, const Job& job, const Fleet& fleet, const Offer& offer,
                    bool spill_enabled) {
  const auto& row = fleet.row(offer.row);
  auto safety = safety_filter(job, row, spill_enabled);
  if (safety == Filter::none && !policy_permits(job, row)) safety = Filter::policy;
  const bool featured = has_features(job, offer) && has_dialect(job, row);
  const bool fit = featured && has_context(job, fleet, offer);
  if (safety != Filter::none) {
    if (fit && forbidden_by_grade(safety)) survey.only_cloud_fits = true;
    if (fit && safety == Filter::policy) survey.policy_forbids = true;
  } else if (fit) {
    ++survey.legal_and_fit;
  } else {
    ++(featured ? survey.context_short : survey.features_short);
  }
}

/// Beyond the grade: what else keeps a request out of the cloud.
Filter cloud_filter(const Job& job, const Offer& offer) {
  if (job.kept_here) return Filter::kept_here;
  if (!dialect::is_chat(job.endpoint)) return Filter::features;  // the guard clears chats alone
  return job.budget && cost_cap_of(job, offer) > *job.budget ? Filter::over_budget : Filter::none;
}

bool local_serviceable(const Job& job, const Fleet& fleet, bool spill_enabled) {
  bool found = false;
  fleet.each_offer(job.query, [&](const Offer& offer) {
    found = fleet.row(offer.row).tier != Tier::l2 &&
            cured_by_waiting(first_filter(job, fleet, offer, spill_enabled));
    return !found;
  });
  return found;
}

}  // namespace

std::string_view reason_of(Filter filter) {
  switch (filter) {
    case Filter::none:
      return "";
    case Filter::cloud_engine_outside_l2:
      return "cloud engine on a machine that is not L2";
    case Filter::p0_never_leaves:
      return "P0 never goes to L2";
    case Filter::p1_not_cleared:
      return "P1 goes to L2 only when cleared";
    case Filter::spill_disabled:
      return "spill is disabled";
    case Filter::policy:
      return "the policy does not permit it";
    case Filter::kept_here:
      return "it was not cleared for the cloud";
    case Filter::over_budget:
      return "it may cost more than the cloud's budget has left";
    case Filter::owner_policy:
      return "its owner does not accept this grade or tenant";
    case Filter::suspect:
      return "agent is silent";
    case Filter::draining:
      return "draining";
    case Filter::owner_present:
      return "its owner is present";
    case Filter::engine_down:
      return "engine is not up";
    case Filter::ejected:
      return "failed too often just now";
    case Filter::features:
      return "lacks a needed feature";
    case Filter::dialect:
      return "its engine's dialect cannot say the request";
    case Filter::context:
      return "context is too short";
    case Filter::failed_before:
      return "failed this request before";
    case Filter::refused:
      return "refused this request just now";
    case Filter::busy:
      return "no free slot";
    case Filter::local_first:
      return "a local machine can serve it";
    case Filter::count_:
      break;
  }
  WEIR_ASSERT(!"a Filter without a reason");
}

Filter first_filter(const Job& job, const Fleet& fleet, const Offer& offer, bool spill_enabled) {
  const auto& row = fleet.row(offer.row);
  if (const auto f = safety_filter(job, row, spill_enabled); f != Filter::none) return f;
  if (!policy_permits(job, row)) return Filter::policy;
  if (row.tier == Tier::l2)
    if (const auto f = cloud_filter(job, offer); f != Filter::none) return f;
  if (!owner_accepts(job, row)) return Filter::owner_policy;
  if (const auto f = state_filter(row); f != Filter::none) return f;
  if (row.jobs_max == 0) return Filter::ejected;
  // The text of an answer that goes on was never cleared.
  if ((job.needs & feature::continues) != 0 && row.tier == Tier::l2) return Filter::features;
  if (!has_features(job, offer)) return Filter::features;
  if (!has_dialect(job, row)) return Filter::dialect;
  if (!has_context(job, fleet, offer)) return Filter::context;
  if (const auto f = exclusion_filter(job, row); f != Filter::none) return f;
  return row.free() == 0 ? Filter::busy : Filter::none;
}

bool serviceable(const Job& job, const Fleet& fleet, const PlacePolicy& policy) {
  bool found = false;
  fleet.each_offer(job.query, [&](const Offer& offer) {
    found = cured_by_waiting(first_filter(job, fleet, offer, policy.spill_enabled));
    return !found;
  });
  return found;
}

bool can_take(const Job& job, const Fleet& fleet, RowIndex row, const PlacePolicy& policy) {
  for (const auto& offer : fleet.offers_of(row)) {
    if (!fleet.answers(job.query, offer)) continue;
    if (first_filter(job, fleet, offer, policy.spill_enabled) != Filter::none) continue;
    return fleet.row(row).tier != Tier::l2 || job.spill ||
           !local_serviceable(job, fleet, policy.spill_enabled);
  }
  return false;
}

MicroUsd cost_cap_of(const Job& job, const Offer& offer) {
  const auto tokens =
      job.output_tokens_max > 0 ? job.output_tokens_max : cloud_output_tokens_default;
  // Translated, a body may grow; the clearance states the cap of what it became.
  return cost_cap(job.body_bytes, tokens, {0, offer.in_per_mtok, offer.out_per_mtok, 0});
}

ScoringNeed need_of(const Job& job) {
  return {job.grade, job.prompt_tokens, job.query.capability, job.needs != 0};
}

Survey Placer::look(const Job& job, const Fleet& fleet, const PlacePolicy& policy) {
  const auto need = need_of(job);
  Survey survey;
  seen_.clear();
  bool local = false;
  bool cloud = false;
  fleet.each_offer(job.query, [&](const Offer& offer) {
    const auto& row = fleet.row(offer.row);
    const auto filter = first_filter(job, fleet, offer, policy.spill_enabled);
    if (cured_by_waiting(filter)) {
      ++survey.legal_and_fit;
      (row.tier == Tier::l2 ? cloud : local) = true;
    } else {
      count_obstacle(survey, job, fleet, offer, policy.spill_enabled);
    }
    Seen seen{offer.row, offer.model, filter, Rank::meets_local, 0};
    if (filter == Filter::none) {
      const auto appraisal = appraise(need, row, offer, policy.weights, policy.slo);
      seen.rank = appraisal.rank;
      seen.total = static_cast<float>(appraisal.score.total);
    }
    seen_.push_back(seen);
    return true;
  });
  for (auto& seen : seen_) {
    if (local && cloud && !job.spill && fleet.row(seen.row).tier == Tier::l2 &&
        cured_by_waiting(seen.filter))
      seen.filter = Filter::local_first;
    ++survey.by_filter[static_cast<std::size_t>(seen.filter)];
  }
  survey.candidates = static_cast<std::uint32_t>(seen_.size());
  survey.only_cloud_fits = survey.only_cloud_fits && survey.legal_and_fit == 0;
  survey.policy_forbids = survey.policy_forbids && survey.legal_and_fit == 0;
  return survey;
}

std::optional<Seen> Placer::pick(const Fleet& fleet, Random& random) const {
  const Seen* best = nullptr;
  for (const auto& seen : seen_)
    if (seen.filter == Filter::none && (best == nullptr || seen.rank < best->rank ||
                                        (seen.rank == best->rank && seen.total > best->total)))
      best = &seen;
  if (best == nullptr) return std::nullopt;
  // Two drawn from the near-equal ones in one pass (reservoir of two), then the less used one:
  // coordinators and bursts that see the same fleet do not all run to the same machine.
  std::array<const Seen*, 2> drawn{};
  std::uint32_t equals = 0;
  for (const auto& seen : seen_) {
    if (seen.filter != Filter::none || seen.rank != best->rank ||
        seen.total < best->total - static_cast<float>(near_equal))
      continue;
    ++equals;
    if (equals <= 2)
      drawn[equals - 1] = &seen;
    else if (const auto place = random.below(equals); place < 2)
      drawn[place] = &seen;
  }
  if (drawn[1] == nullptr) return *drawn[0];
  const auto swapped = random.below(2);
  const auto& a = *drawn[swapped];
  const auto& b = *drawn[1 - swapped];
  const auto& ra = fleet.row(a.row);
  const auto& rb = fleet.row(b.row);
  const auto load_a = std::uint64_t{ra.slots_total - ra.free()} * rb.slots_total;
  const auto load_b = std::uint64_t{rb.slots_total - rb.free()} * ra.slots_total;
  return load_a <= load_b ? a : b;
}

Placed Placer::place(const Job& job, const Fleet& fleet, const PlacePolicy& policy,
                     Random& random) {
  Placed placed{{}, look(job, fleet, policy)};
  const auto picked = pick(fleet, random);
  if (!picked) return placed;
  const auto& row = fleet.row(picked->row);
  // Whatever the scoring above came to: nothing leaves against its grade.
  WEIR_ASSERT(safety_filter(job, row, policy.spill_enabled) == Filter::none);
  for (const auto& offer : fleet.offers_of(picked->row))
    if (offer.model == picked->model)
      placed.choice = Choice{picked->row, picked->model, offer.features,
                             appraise(need_of(job), row, offer, policy.weights, policy.slo)};
  return placed;
}

}  // namespace weir::domain
