#include "actors/domain/explain.hpp"

#include <algorithm>
#include <utility>

namespace weir::domain {

namespace {

CandidateLog log_of(const Fleet& fleet, const Seen& seen) {
  const auto& row = fleet.row(seen.row);
  CandidateLog log;
  log.node = row.agent->name_number;
  log.engine = row.number;
  log.model = seen.model;
  log.tier = row.tier;
  log.filter = seen.filter;
  return log;
}

void write_score(CandidateLog& log, const Appraisal& appraisal) {
  const auto& score = appraisal.score;
  const auto f = [](double x) { return static_cast<float>(x); };
  log.parts = {f(score.safety), f(score.capability), f(score.latency), f(score.cost),
               f(score.total)};
  log.ttft_ms = appraisal.ttft_ms;
}

void log_seen(AttemptLog& log, const Job& job, const Fleet& fleet, const PlacePolicy& policy,
              const std::vector<Seen>& seen, bool scored) {
  for (const auto& s : seen) {
    if (log.candidates.size() >= Story::candidates_max) return;
    if ((s.filter == Filter::none) != scored) continue;
    auto candidate = log_of(fleet, s);
    if (candidate.node == log.chosen.node && candidate.engine == log.chosen.engine &&
        candidate.model == log.chosen.model)
      continue;
    const auto& row = fleet.row(s.row);
    for (const auto& offer : fleet.offers_of(s.row))
      if (scored && offer.model == s.model)
        write_score(candidate, appraise(need_of(job), row, offer, policy.weights, policy.slo));
    log.candidates.push_back(candidate);
  }
}

/// Agents of a small fleet of which no engine was a candidate.
void log_others(AttemptLog& log, const Fleet& fleet) {
  if (fleet.by_name().size() > Story::candidates_max) return;
  for (const auto& [name, agent] : fleet.by_name()) {
    if (log.candidates.size() >= Story::candidates_max) return;
    const bool known =
        std::any_of(log.candidates.begin(), log.candidates.end(),
                    [&](const CandidateLog& c) { return c.node == agent->name_number; });
    if (known) continue;
    CandidateLog other;
    other.node = agent->name_number;
    other.tier = agent->tier;
    other.offers_model = false;
    log.candidates.push_back(other);
  }
}

std::string_view praise(Rank rank) {
  switch (rank) {
    case Rank::meets_local:
      return "meets capability and latency target on our own machines";
    case Rank::meets_cloud:
      return "meets capability and latency target; no local machine offers it";
    case Rank::one_step_below:
      return "in time, one capability step below the one asked for";
    case Rank::in_time:
      return "in time, short of the capability asked for";
    case Rank::late:
      return "capable, later than the latency target";
    case Rank::late_and_below:
      return "the best there is, short of the targets";
  }
  WEIR_ASSERT(!"a Rank without a sentence");
}

}  // namespace

AttemptLog* Story::attempt(std::uint8_t number) {
  for (auto& a : attempts)
    if (a.number == number) return &a;
  return nullptr;
}

AttemptLog log_attempt(const Job& job, const Fleet& fleet, const PlacePolicy& policy,
                       const std::vector<Seen>& seen, const Choice& choice) {
  AttemptLog log;
  log.chosen =
      log_of(fleet, Seen{choice.row, choice.model, Filter::none, choice.appraisal.rank, 0});
  write_score(log.chosen, choice.appraisal);
  log.rank = choice.appraisal.rank;
  log.eligible = static_cast<std::uint32_t>(std::count_if(
      seen.begin(), seen.end(), [](const Seen& s) { return s.filter == Filter::none; }));
  log.candidates.reserve(std::min(seen.size(), Story::candidates_max));
  log.candidates.push_back(log.chosen);
  log_seen(log, job, fleet, policy, seen, true);
  log_seen(log, job, fleet, policy, seen, false);
  log_others(log, fleet);
  return log;
}

AttemptLog log_unplaced(const Job& job, const Fleet& fleet, const PlacePolicy& policy,
                        const std::vector<Seen>& seen) {
  AttemptLog log;
  log.outcome = "not placed";
  log.chosen.node = UINT32_MAX;
  log_seen(log, job, fleet, policy, seen, false);
  log_others(log, fleet);
  return log;
}

void Journal::keep(Story story) {
  if (stories_max_ == 0) return;
  if (stories_.size() >= stories_max_) {
    const auto it = index_.find(stories_.front().request);
    if (it != index_.end() && it->second == first_) index_.erase(it);
    stories_.pop_front();
    ++first_;
  }
  index_[story.request] = first_ + stories_.size();
  stories_.push_back(std::move(story));
}

const Story* Journal::find(std::string_view request) const {
  const auto it = index_.find(std::string{request});
  return it == index_.end() ? nullptr : &stories_[it->second - first_];
}

CandidateView Journal::view(const CandidateLog& log) const {
  CandidateView view;
  view.node = names_.text(log.node);
  view.tier = log.tier;
  view.engine = log.engine;
  if (!log.offers_model) {
    view.filtered = "does not offer the model";
    return view;
  }
  view.model = catalog_.name(log.model);
  view.filtered = reason_of(log.filter);
  view.score = {log.parts[0], log.parts[1], log.parts[2], log.parts[3], log.parts[4]};
  view.estimated_ttft_ms = log.ttft_ms;
  return view;
}

AttemptView Journal::view(const AttemptLog& log) const {
  AttemptView view;
  view.number = log.number;
  view.outcome = log.outcome;
  for (const auto& c : log.candidates) view.candidates.push_back(this->view(c));
  if (log.number == 0) {
    view.why = "no candidate was free and allowed";
    return view;
  }
  view.node = names_.text(log.chosen.node);
  view.tier = log.chosen.tier;
  view.model = catalog_.name(log.chosen.model);
  view.why = std::string{praise(log.rank)} +
             (log.eligible == 1 ? "; the only one free and allowed"
                                : "; among the best of " + std::to_string(log.eligible) +
                                      " that were free and allowed");
  view.queue_ms = log.queue_ms;
  view.first_byte_ms = log.timings.first_byte_ms;
  view.total_ms = log.timings.total_ms;
  view.usage = log.usage;
  return view;
}

Explanation Journal::explain(const Story& story) const {
  Explanation e;
  e.request = story.request;
  e.tenant = story.tenant;
  e.model = story.model;
  e.grade = story.grade;
  e.grade_why = story.grade_why;
  e.found = story.found;
  e.priority = story.priority;
  e.state = story.state;
  e.error = story.error;
  for (const auto& attempt : story.attempts) e.attempts.push_back(view(attempt));
  return e;
}

}  // namespace weir::domain
