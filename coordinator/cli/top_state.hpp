// What `weir top` shows: the coordinator's answers as one state, rates as differences. Pure.
#pragma once

#include "coordinator/cli/prometheus_text.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace weir::cli {

struct TopNode {
  std::string id, tier, state;
  std::uint64_t slots_used = 0, slots_total = 0;
  std::vector<std::string> models;
  std::uint64_t waiting = 0;       ///< in its engines' own queues
  std::uint64_t decode_per_s = 0;  ///< tokens of one answer, as measured; 0: not yet
  std::uint64_t gpu_permille = 0, cpu_permille = 0;
  bool owner_present = false;
};

struct TopQueue {
  std::string model, grade, priority;
  std::uint64_t waiting = 0, oldest_ms = 0;
};

struct TopState {
  std::string url;
  std::string trouble;  ///< why the latest read failed; the rest is then older
  std::vector<TopNode> nodes;
  std::vector<TopQueue> queues;  ///< the longest first
  std::uint64_t waiting = 0, waiting_max = 0, running = 0;
  bool spill = false;
  std::uint64_t window_ms = 0;  ///< that the rates below are taken over; 0: not yet
  double requests_per_s = 0, failed_per_s = 0, tokens_per_s = 0, cloud_tokens_per_s = 0;
  std::optional<double> first_token_p50_ms, first_token_p95_ms;

  std::uint64_t nodes_up() const;
  std::uint64_t slots_used() const, slots_total() const;
};

/// What one look at a coordinator brought.
struct TopRead {
  std::string nodes, queues, metrics;
  std::uint64_t at_ms = 0;
};

/// Keeps the counters of the last ten seconds.
class TopHistory {
 public:
  explicit TopHistory(std::string url);
  /// false: the answers are not a coordinator's; the state is as before, with `trouble`.
  bool take(const TopRead& read);
  void failed(std::string trouble) { state_.trouble = std::move(trouble); }
  const TopState& state() const { return state_; }

 private:
  struct Mark {
    std::uint64_t at_ms = 0;
    double requests = 0, failed = 0, tokens = 0, cloud_tokens = 0;
    Buckets first_token;
  };
  void rates(Mark now);

  TopState state_;
  std::deque<Mark> marks_;
};

/// One JSON document on one line.
std::string top_json(const TopState& state, std::int64_t unix_ms);

}  // namespace weir::cli
