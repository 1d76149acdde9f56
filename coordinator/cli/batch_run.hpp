// Sends the lines of a batch, several at once, and appends each answer as it comes.
#pragma once

#include "coordinator/cli/batch_output.hpp"
#include "coordinator/cli/batch_plan.hpp"
#include "coordinator/cli/batch_progress.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace weir::cli {

class LineReader;

inline constexpr std::uint32_t batch_concurrency_max = 256;

struct BatchLimits {
  std::uint32_t concurrency = 16;               ///< 1 .. batch_concurrency_max
  std::uint32_t tries_max = 8;                  ///< of a line that fails while others do not
  std::chrono::milliseconds patience{600'000};  ///< without any answer, then the batch stops
  std::chrono::milliseconds pause_first{500};   ///< before the second try; doubles
  std::chrono::milliseconds pause_max{30'000};
};

struct BatchJob {
  const BatchLine& line;
  const std::string& key;  ///< Idempotency-Key
};
/// Blocks until the coordinator answered, or until the batch is cut short. Any thread.
using BatchSend = std::function<BatchReply(const BatchJob&)>;

class BatchRun {
 public:
  /// All must outlive it.
  BatchRun(BatchPlan& plan, LineReader& input, BatchOutput& output, BatchSend send,
           BatchLimits limits);
  ~BatchRun();  ///< after wait_for() said that all is done
  BatchRun(const BatchRun&) = delete;
  BatchRun& operator=(const BatchRun&) = delete;

  void start();
  /// stop(), and failure() is `why` unless there is one already.
  void fail(const std::string& why);
  /// Sends nothing new; what runs may finish, what waits for another try does not get one.
  void stop();
  /// Also drops the answers of what runs; the caller ends its sends.
  void cut();
  /// Waits until all is done, at most `longest`. returns  whether it is.
  bool wait_for(std::chrono::milliseconds longest);

  BatchCounts counts() const;
  /// Why it ended before its time; empty: it did not. Stable once all is done.
  std::string failure() const;
  /// The first lines that were given up, "custom_id: why".
  std::vector<std::string> given_up() const;

 private:
  struct Tries;
  void work();
  bool take(BatchLine& line);
  void serve(const BatchLine& line);
  /// Whether the line gets another try, after its pause.
  bool again(const BatchReply& reply, Verdict verdict, Tries& tries, const BatchLine& line);
  void keep(const BatchLine& line, const std::string& key, const BatchReply& reply);

  BatchPlan& plan_;
  LineReader& input_;
  BatchOutput& output_;
  const std::string identity_;  ///< of the output
  const BatchSend send_;
  const BatchLimits limits_;

  std::mutex input_mutex_;    ///< input_
  std::mutex output_mutex_;   ///< output_
  mutable std::mutex mutex_;  ///< all below
  std::condition_variable changed_;
  BatchCounts counts_;
  std::string failure_;
  std::vector<std::string> given_up_;
  std::chrono::steady_clock::time_point progress_at_;
  std::size_t working_ = 0;
  bool stopping_ = false, cut_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace weir::cli
