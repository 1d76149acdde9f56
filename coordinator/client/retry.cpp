#include "coordinator/client/retry.hpp"

#include "coordinator/client/cancel.hpp"

#include <unistd.h>
#include <algorithm>
#include <condition_variable>
#include <mutex>

namespace weir::client {

using std::chrono::milliseconds;

namespace {

constexpr milliseconds backoff_limit = std::chrono::hours{24};

/// False where the system gives none.
bool fill_random(void* bytes, std::size_t size) { return ::getentropy(bytes, size) == 0; }

}  // namespace

std::string random_key() {
  unsigned char bytes[16];
  if (!fill_random(bytes, sizeof bytes)) return {};
  std::string key;
  for (const auto byte : bytes) {
    key += "0123456789abcdef"[byte >> 4U];
    key += "0123456789abcdef"[byte & 15U];
  }
  return key;
}

milliseconds wait_of(const Retries& retries, std::uint32_t attempt,
                     std::optional<milliseconds> retry_after, std::uint32_t random) {
  const auto limit = std::min(retries.backoff_max, backoff_limit);
  auto most = std::min(retries.backoff_first, limit);
  for (std::uint32_t i = 1; i < attempt && most.count() > 0 && most < limit; ++i)
    most = std::min(most * 2, limit);
  const auto share = static_cast<double>(random) / 4'294'967'296.0;
  const milliseconds jitter{static_cast<std::int64_t>(share * static_cast<double>(most.count()))};
  return retry_after.value_or(milliseconds{0}) + jitter;
}

bool sleep_unless(const CancelToken& token, milliseconds time) {
  std::mutex mutex;
  std::condition_variable changed;
  bool cancelled = false;
  const auto ticket = token.state().attach([&] {
    const std::lock_guard lock{mutex};
    cancelled = true;
    changed.notify_all();
  });
  if (ticket == 0) return false;
  {
    std::unique_lock lock{mutex};
    changed.wait_for(lock, time, [&] { return cancelled; });
  }
  token.state().detach(ticket);  // the lambda's names are gone afterwards
  return !token.cancelled();
}

milliseconds Attempts::elapsed() const {
  return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begun_);
}

std::optional<milliseconds> Attempts::deadline_left() const {
  if (!deadline_ || attempt_ == 1) return deadline_;
  return std::max(milliseconds{1}, *deadline_ - elapsed());
}

Attempts::Next Attempts::after(const Error& error, const CancelToken& token) {
  if (!retryable(error) || attempt_ >= retries_.attempts_max) return Next::over;
  std::uint32_t random = 0;
  fill_random(&random, sizeof random);
  const auto wait = wait_of(retries_, attempt_, error.retry_after, random);
  const auto last = std::min(retries_.total_max, deadline_.value_or(milliseconds::max()));
  if (wait > last - elapsed()) return Next::over;
  if (!sleep_unless(token, wait)) return Next::cancelled;
  ++attempt_;
  return Next::again;
}

}  // namespace weir::client
