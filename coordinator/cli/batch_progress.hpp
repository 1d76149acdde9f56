// How a batch stands, as a line for people. Pure.
#pragma once

#include "coordinator/cli/text.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace weir::cli {

struct BatchCounts {
  std::uint64_t total = 0;     ///< requests of the file
  std::uint64_t before = 0;    ///< of them done by earlier runs
  std::uint64_t ok = 0;        ///< answered 2xx in this run
  std::uint64_t refused = 0;   ///< answered 4xx in this run, and kept so
  std::uint64_t given_up = 0;  ///< without an answer after several tries
  std::uint64_t running = 0;   ///< sent, or waiting for another try
  std::uint64_t waiting = 0;   ///< of those, the ones that wait for another try
  std::uint64_t tokens = 0;    ///< of the answers of this run
  std::string last_trouble;    ///< why the latest line waits; empty: none did

  std::uint64_t answered() const { return before + ok + refused; }
  std::uint64_t left() const { return total - answered() - given_up; }
};

struct BatchRates {
  double lines_per_s = 0, tokens_per_s = 0;
  std::optional<std::uint64_t> eta_ms;  ///< absent: nothing moves
};

/// Rates over the last half minute.
class BatchPace {
 public:
  void note(std::uint64_t now_ms, const BatchCounts& counts);
  BatchRates rates(const BatchCounts& counts) const;

 private:
  struct Mark {
    std::uint64_t at_ms, lines, tokens;
  };
  std::deque<Mark> marks_;
};

/// One line of at most look.width columns: a bar where there is room, then what matters most;
/// the least important parts go first where the line is narrow.
std::string progress_bar(const BatchCounts& counts, const BatchRates& rates, const Look& look);
/// The same as a plain line for logs.
std::string progress_text(const BatchCounts& counts, const BatchRates& rates);
/// "1,234".
std::string grouped(std::uint64_t number);
/// "0.42", "7.3", "1,234".
std::string rate_text(double per_s);

}  // namespace weir::cli
