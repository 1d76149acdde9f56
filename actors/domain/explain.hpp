// How requests were decided: kept small while they live and for a while after, and spelled out
// when somebody asks. Holds no text of any request.
#pragma once

#include "actors/domain/catalog.hpp"
#include "actors/domain/interner.hpp"
#include "actors/domain/placement.hpp"
#include "schema/types/brain.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace weir::domain {

struct CandidateLog {
  std::uint32_t node = 0;  ///< in Journal::names()
  std::uint32_t engine = 0;
  ModelNumber model = 0;
  std::uint32_t ttft_ms = 0;
  std::array<float, 5> parts{};  ///< safety, capability, latency, cost, total
  Tier tier = Tier::l0;
  Filter filter = Filter::none;
  bool offers_model = true;
};

struct AttemptLog {
  std::uint8_t number = 0;  ///< 0: the request was never sent anywhere
  CandidateLog chosen;
  std::uint32_t eligible = 0;  ///< candidates that passed every filter
  Rank rank = Rank::meets_local;
  std::string outcome = "running";
  std::uint32_t queue_ms = 0;
  Timings timings;
  Usage usage;
  std::vector<CandidateLog> candidates;
};

/// The story of one request.
struct Story {
  static constexpr std::size_t candidates_max = 64;
  /// Of a request that is refused again and again, the first ones are told.
  static constexpr std::size_t attempts_max = 32;

  std::string request;
  std::string tenant;
  std::string model;
  Grade grade = Grade::p0;
  std::string_view grade_why;
  PerKind<std::uint32_t> found{};  ///< by the detector
  Priority priority = Priority::interactive;
  std::string_view state = "waiting";
  std::string error;
  std::vector<AttemptLog> attempts;

  /// The log of attempt `number`; nullptr where it was not kept.
  AttemptLog* attempt(std::uint8_t number);
};

/// The stories of requests that ended: a ring.
class Journal {
 public:
  /// Distinct node names, over all time. Beyond it they show as "?".
  static constexpr std::size_t names_max = 65'536;

  Journal(const Catalog& catalog, std::size_t stories_max)
      : catalog_{catalog}, names_{names_max}, stories_max_{stories_max} {}

  std::uint32_t name_number(std::string_view node) {
    return names_.intern(node).value_or(UINT32_MAX);
  }
  /// Keeps an ended story; the oldest one goes when the ring is full. O(1).
  void keep(Story story);
  /// By public id; nullptr: unknown or gone. O(1).
  const Story* find(std::string_view request) const;
  std::size_t size() const { return stories_.size(); }

  /// Spells a story out.
  Explanation explain(const Story& story) const;

 private:
  CandidateView view(const CandidateLog& log) const;
  AttemptView view(const AttemptLog& log) const;

  const Catalog& catalog_;
  Interner names_;
  std::size_t stories_max_;
  std::deque<Story> stories_;
  std::uint64_t first_ = 0;  // the number of stories_.front()
  std::unordered_map<std::string, std::uint64_t> index_;
};

/// Writes down the candidates of a decision: the chosen one first, then the others that were
/// scored, then the filtered ones, Story::candidates_max in all. In a small fleet the agents
/// that do not offer the model are named too.
AttemptLog log_attempt(const Job& job, const Fleet& fleet, const PlacePolicy& policy,
                       const std::vector<Seen>& seen, const Choice& choice);
/// The same for a request that was never sent anywhere: attempt 0, candidates only.
AttemptLog log_unplaced(const Job& job, const Fleet& fleet, const PlacePolicy& policy,
                        const std::vector<Seen>& seen);

}  // namespace weir::domain
