#include "coordinator/client/background.hpp"

#include "coordinator/client/cancel.hpp"

#include <algorithm>
#include <csignal>
#include <system_error>
#include <utility>

namespace weir::client {
namespace {

Error local(const char* code, const char* message) { return {0, code, message, {}, {}}; }

/// Blocks all signals on this thread, so that threads it starts leave them to the program's own.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

/// This thread runs callbacks of a pool's calls.
class InCallbacks {
 public:
  explicit InCallbacks(const void* of) : before_{std::exchange(pool, of)} {}
  ~InCallbacks() { pool = before_; }
  InCallbacks(const InCallbacks&) = delete;
  InCallbacks& operator=(const InCallbacks&) = delete;

  static thread_local const void* pool;

 private:
  const void* before_;
};

thread_local const void* InCallbacks::pool = nullptr;

}  // namespace

void AsyncCall::State::link(const std::shared_ptr<State>& call, const CancelToken& token,
                            std::function<void()> on_cancel) {
  call->waiting_ticket_ = call->token_.state().attach(std::move(on_cancel));
  call->shared_ = token;
  call->ticket_ = token.state().attach([weak = std::weak_ptr{call}] {
    if (const auto running = weak.lock()) running->cancel();
  });
  if (call->ticket_ == 0) call->cancel();
}

void AsyncCall::State::unlink() {
  token_.state().detach(waiting_ticket_);
  if (shared_) shared_->state().detach(ticket_);
}

Outcome<ChatAnswer> AsyncCall::State::run(const Run& run) {
  token_.state().detach(waiting_ticket_);
  bool threw = false;
  OnText on_text;
  if (callbacks_.on_text)
    on_text = [&](const std::string& text) {
      try {
        return callbacks_.on_text(text);
      } catch (...) {
        threw = true;
        return false;
      }
    };
  auto outcome = token_.cancelled()
                     ? Outcome<ChatAnswer>{local("cancelled", "the call was cancelled")}
                     : run(request_, on_text, token_);
  if (threw && !outcome)
    outcome = Error{0, "cancelled", "on_text threw", outcome.error().request_id, {}};
  try {
    if (callbacks_.on_done) callbacks_.on_done(outcome);
  } catch (...) {  // there is nobody to pass it to
  }
  callbacks_ = {};
  request_ = {};
  unlink();
  return outcome;
}

void AsyncCall::State::finish(Outcome<ChatAnswer> outcome) {
  const std::lock_guard lock{mutex_};
  outcome_ = std::move(outcome);
  changed_.notify_all();
}

bool AsyncCall::State::done() const {
  const std::lock_guard lock{mutex_};
  return outcome_.has_value();
}

bool AsyncCall::State::can_wait() const { return InCallbacks::pool != pool_; }

Outcome<ChatAnswer> AsyncCall::State::wait() const {
  std::unique_lock lock{mutex_};
  if (!outcome_ && !can_wait())
    return local("invalid_request", "a callback cannot wait for a call of its own client");
  changed_.wait(lock, [this] { return outcome_.has_value(); });
  return *outcome_;
}

bool AsyncCall::State::wait_for(std::chrono::milliseconds time) const {
  using std::chrono::milliseconds;
  constexpr milliseconds longest = std::chrono::hours{24 * 365};  // more overflows the clock
  std::unique_lock lock{mutex_};
  if (!outcome_ && !can_wait()) return false;
  return changed_.wait_for(lock, std::clamp(time, milliseconds{0}, longest),
                           [this] { return outcome_.has_value(); });
}

void AsyncCall::cancel() { state_->cancel(); }
bool AsyncCall::done() const { return state_->done(); }
Outcome<ChatAnswer> AsyncCall::wait() const { return state_->wait(); }
bool AsyncCall::wait_for(std::chrono::milliseconds time) const { return state_->wait_for(time); }

bool Pool::have_thread() {
  if (waiting_.size() < idle_) return true;
  if (threads_.size() >= limits_.threads_max) {
    start_spare();
    return true;
  }
  try {
    const SignalsBlocked blocked;
    threads_.emplace_back([this] { work(); });
    ++idle_;
  } catch (const std::system_error&) {
    return !threads_.empty();
  }
  return true;
}

void Pool::start_spare() {
  if (spare_.joinable()) return;
  try {
    const SignalsBlocked blocked;
    spare_ = std::thread{[this] { work_spare(); }};
  } catch (const std::system_error&) {  // then cancelled calls wait as the others do
  }
}

Outcome<AsyncCall> Pool::submit(ChatRequest request, Callbacks callbacks,
                                const CancelToken& token) {
  const auto call =
      std::make_shared<AsyncCall::State>(std::move(request), std::move(callbacks), this);
  // Tokens' locks are taken before the pool's: drop() runs under one.
  AsyncCall::State::link(call, token, [this, waiting = call.get()] { drop(waiting); });
  if (auto refused = take(call)) {
    call->unlink();
    return std::move(*refused);
  }
  changed_.notify_one();
  if (call->cancelled()) drop(call.get());
  return AsyncCall{call};
}

std::optional<Error> Pool::take(const Call& call) {
  const std::lock_guard lock{mutex_};
  if (stopping_) return local("cancelled", "the client is being destroyed");
  const auto free = idle_ + limits_.threads_max - threads_.size();
  if (waiting_.size() + dropped_.size() >= free + limits_.waiting_max)
    return local("queue_full", "too many calls wait in this client");
  if (!have_thread()) return local("queue_full", "no thread can be started");
  waiting_.push_back(call);
  return std::nullopt;
}

void Pool::drop(const AsyncCall::State* call) {
  const std::lock_guard lock{mutex_};
  const auto found = std::find_if(waiting_.begin(), waiting_.end(),
                                  [&](const Call& waiting) { return waiting.get() == call; });
  if (found == waiting_.end() || !spare_.joinable()) return;
  dropped_.push_back(std::move(*found));
  waiting_.erase(found);
  dropped_changed_.notify_one();
}

void Pool::work() {
  const InCallbacks here{this};
  std::unique_lock lock{mutex_};
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    --idle_;
    if (waiting_.empty()) return;
    auto call = std::move(waiting_.front());
    waiting_.pop_front();
    running_.insert(call);
    lock.unlock();
    auto outcome = call->run(run_);
    lock.lock();
    running_.erase(call);
    ++idle_;  // before the call is done: whoever waits for it finds a free thread
    lock.unlock();
    call->finish(std::move(outcome));
    call.reset();
    lock.lock();
  }
}

void Pool::work_spare() {
  const InCallbacks here{this};
  std::unique_lock lock{mutex_};
  for (;;) {
    dropped_changed_.wait(lock, [this] { return stopping_ || !dropped_.empty(); });
    if (dropped_.empty()) return;
    auto call = std::move(dropped_.front());
    dropped_.pop_front();
    lock.unlock();
    call->finish(call->run(run_));
    call.reset();
    lock.lock();
  }
}

void Pool::stop() {
  const InCallbacks here{this};
  std::vector<Call> running;
  std::deque<Call> waiting, dropped;
  std::vector<std::thread> threads;
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
    running.assign(running_.begin(), running_.end());
    waiting.swap(waiting_);
    dropped.swap(dropped_);
    threads.swap(threads_);
    if (spare_.joinable()) threads.push_back(std::move(spare_));
  }
  changed_.notify_all();
  dropped_changed_.notify_all();
  for (const auto& call : running) call->cancel();
  for (const auto& call : waiting) call->cancel();
  waiting.insert(waiting.end(), dropped.begin(), dropped.end());
  for (const auto& call : waiting) call->finish(call->run(run_));
  for (auto& thread : threads) thread.join();
}

}  // namespace weir::client
