// What a batch file asks for: read once and checked whole before anything is sent.
#pragma once

#include "coordinator/cli/hash128.hpp"
#include "schema/types/result.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::cli {

/// Lines that a batch may have.
inline constexpr std::uint64_t batch_lines_max = 1'000'000'000;
/// Problems that are told one by one; further ones are counted.
inline constexpr std::size_t batch_problems_max = 20;

/// Holds 24 bytes for each line until forget_ids(), one bit for each afterwards.
class BatchPlan {
 public:
  /// Told the bytes read so far, now and then; false stops the reading.
  using OnRead = std::function<bool(std::uint64_t bytes)>;

  /// errors  invalid_config: the file cannot be read; cancelled: by `on_read`. What is wrong with
  ///         its lines stands in problems(). O(n log n) in lines.
  static Result<BatchPlan> read(const std::string& file, const OnRead& on_read);

  /// "FILE:LINE: what", in file order; empty: the batch can run.
  const std::vector<std::string>& problems() const { return problems_; }
  std::size_t problems_total() const { return problems_total_; }

  /// Takes the line of this custom_id out of what is to do. returns  whether there is such a line.
  bool mark_done(std::string_view custom_id);
  /// To be called when all that is done was marked.
  void forget_ids();

  std::uint64_t requests() const { return requests_; }  ///< lines that are not blank
  std::uint64_t done() const { return done_count_; }
  bool is_done(std::uint64_t line) const { return line < done_.size() && done_[line]; }
  /// One key for a line, the same on every run over the same contents into the same output.
  std::string key_of(const std::string& output, const std::string& custom_id) const;

 private:
  struct Id {
    Hash128 hash;
    std::uint64_t line;
  };
  void problem(std::uint64_t line, const std::string& what);
  void find_duplicates();

  std::string file_;
  std::vector<Id> ids_;  ///< sorted by hash
  std::vector<bool> done_;
  std::vector<std::string> problems_;
  std::size_t problems_total_ = 0;
  std::uint64_t requests_ = 0, done_count_ = 0;
  Hash128 content_;
};

}  // namespace weir::cli
