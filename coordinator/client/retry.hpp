// When a call is tried again, and the wait in between.
#pragma once

#include "coordinator/client/weir.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace weir::client {

/// "0123…" of 32 random hexadecimal digits; empty where the system gives no random bytes.
std::string random_key();

/// The wait after attempt `attempt` (1 is the first): `retry_after`, and of the backoff the part
/// that `random` chooses, 0 .. 2^32-1 for nothing .. nearly all of it.
std::chrono::milliseconds wait_of(const Retries& retries, std::uint32_t attempt,
                                  std::optional<std::chrono::milliseconds> retry_after,
                                  std::uint32_t random);

/// Blocks for `time`. returns  false, at once, where the token is cancelled.
bool sleep_unless(const CancelToken& token, std::chrono::milliseconds time);

/// The attempts of one call. It begins with the object.
class Attempts {
 public:
  Attempts(const Retries& retries, std::optional<std::chrono::milliseconds> deadline)
      : retries_{retries}, deadline_{deadline} {}

  /// What the next attempt may take of the deadline: all of it for the first.
  std::optional<std::chrono::milliseconds> deadline_left() const;

  enum class Next { again, over, cancelled };
  /// Waits as it should after `error`. returns  `over` at once where no attempt follows: the error
  /// is not retryable, or a limit is reached or would be by the end of the wait.
  Next after(const Error& error, const CancelToken& token);

 private:
  std::chrono::milliseconds elapsed() const;

  const Retries retries_;
  const std::optional<std::chrono::milliseconds> deadline_;
  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  std::uint32_t attempt_ = 1;
};

}  // namespace weir::client
