// The threads behind Client::submit.
#pragma once

#include "coordinator/client/weir.hpp"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <vector>

namespace weir::client {

/// One call, shared by its handles and the pool.
class AsyncCall::State {
 public:
  /// `pool` says whose threads cannot wait for it.
  State(ChatRequest request, Callbacks callbacks, const void* pool)
      : request_{std::move(request)}, callbacks_{std::move(callbacks)}, pool_{pool} {}

  using Run =
      std::function<Outcome<ChatAnswer>(const ChatRequest&, const OnText&, const CancelToken&)>;
  /// The whole call with its callbacks, once, where `pool` is known to run callbacks; then
  /// finish().
  Outcome<ChatAnswer> run(const Run& run);
  void finish(Outcome<ChatAnswer> outcome);
  void cancel() { token_.cancel(); }
  bool cancelled() const { return token_.cancelled(); }
  bool done() const;
  Outcome<ChatAnswer> wait() const;
  bool wait_for(std::chrono::milliseconds time) const;

  /// `token` cancels `call` as well, until it is done. `on_cancel` runs under a lock, at most once
  /// and not after run() or unlink() began.
  static void link(const std::shared_ptr<State>& call, const CancelToken& token,
                   std::function<void()> on_cancel);
  void unlink();

 private:
  bool can_wait() const;

  ChatRequest request_;
  Callbacks callbacks_;
  CancelToken token_;                  ///< this call's alone
  std::optional<CancelToken> shared_;  ///< the caller's
  std::uint64_t ticket_ = 0;           ///< there
  std::uint64_t waiting_ticket_ = 0;   ///< of on_cancel, in token_

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  const void* const pool_;
  std::optional<Outcome<ChatAnswer>> outcome_;  ///< last of all: present means done
};

class Pool {
 public:
  Pool(Background limits, AsyncCall::State::Run run) : limits_{limits}, run_{std::move(run)} {}
  ~Pool() { stop(); }

  /// errors  as Client::submit, but invalid_config.
  Outcome<AsyncCall> submit(ChatRequest request, Callbacks callbacks, const CancelToken& token);
  /// Cancels all calls and waits until they are done; later ones are refused. Not on its threads.
  /// Those that wait end on the thread that calls: what runs may depend on them.
  void stop();

 private:
  using Call = std::shared_ptr<AsyncCall::State>;
  /// Lets `call` wait for a thread. returns  why not.
  std::optional<Error> take(const Call& call);
  void work();
  void work_spare();
  /// Gives a call that was cancelled while it waits to the spare thread.
  void drop(const AsyncCall::State* call);
  void start_spare();
  /// Under the lock. returns  false where no thread runs and none can be started.
  bool have_thread();

  const Background limits_;
  const AsyncCall::State::Run run_;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::deque<Call> waiting_;
  std::set<Call> running_;
  std::deque<Call> dropped_;  ///< cancelled while they waited
  std::condition_variable dropped_changed_;
  std::size_t idle_ = 0;  ///< threads that wait for a call, or are about to
  std::vector<std::thread> threads_;
  std::thread spare_;  ///< ends dropped_; begun when the first call waits
};

}  // namespace weir::client
