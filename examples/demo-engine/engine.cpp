#include "examples/demo-engine/engine.hpp"

#include <algorithm>
#include <utility>

namespace weir::demo {
namespace {

using Clock = std::chrono::steady_clock;

/// Tokens of one job in one turn of the loop, where decoding takes no time.
constexpr std::uint32_t tokens_per_turn = 64;
/// Pause when a client does not take its tokens.
constexpr std::chrono::milliseconds full_pause{2};

Clock::duration seconds(double count) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>{count});
}

double per(double tokens, double rate) { return rate > 0 ? tokens / rate : 0; }

}  // namespace

std::uint64_t Engine::submit(Job job) {
  if (waiting_.size() >= waiting_max) return 0;
  const auto run = std::make_shared<Run>(io_, ++last_, std::move(job));
  const auto id = run->id;
  if (running_.size() < slots_)
    begin(run);
  else
    waiting_.push_back(run);
  return id;
}

void Engine::cancel(std::uint64_t id) {
  const auto waits = std::find_if(waiting_.begin(), waiting_.end(),
                                  [id](const RunPtr& run) { return run->id == id; });
  if (waits != waiting_.end()) {
    (*waits)->over = true;
    waiting_.erase(waits);
    ++stats_.cancelled;
    return;
  }
  const auto runs = running_.find(id);
  if (runs == running_.end()) return;
  runs->second->over = true;
  runs->second->timer.cancel();
  running_.erase(runs);
  ++stats_.cancelled;
  fill_slots();
}

Stats Engine::stats() const {
  auto now = stats_;
  now.running = static_cast<std::uint32_t>(running_.size());
  now.waiting = static_cast<std::uint32_t>(waiting_.size());
  return now;
}

void Engine::fill_slots() {
  while (!waiting_.empty() && running_.size() < slots_) {
    const auto run = std::move(waiting_.front());
    waiting_.pop_front();
    begin(run);
  }
}

void Engine::begin(const RunPtr& run) {
  running_.emplace(run->id, run);
  stats_.peak = std::max(stats_.peak, static_cast<std::uint32_t>(running_.size()));
  const auto& job = run->job;
  if (job.stalls) return;
  run->first = Clock::now() + seconds(job.slowness * per(static_cast<double>(job.prompt_tokens),
                                                         pace_.prefill_tps));
  auto first_event = run->first;
  if (!job.token_by_token) first_event += seconds(job.slowness * per(job.tokens, pace_.decode_tps));
  wait(run, first_event);
}

void Engine::wait(const RunPtr& run, Clock::time_point until) {
  const auto next = [this, weak = std::weak_ptr<Run>{run}](std::error_code failed = {}) {
    const auto alive = weak.lock();
    if (alive && !failed && !alive->over) step(alive);
  };
  if (until <= Clock::now()) return asio::post(io_, next);
  run->timer.expires_at(until);
  run->timer.async_wait(next);
}

void Engine::step(const RunPtr& run) {
  const auto& job = run->job;
  if (!job.token_by_token) return finish(run);
  // A paced stream never catches up in a burst: it is one token, then the next one's wait.
  const bool paced = pace_.decode_tps > 0;
  for (std::uint32_t n = 0; run->next < job.tokens && n < (paced ? 1 : tokens_per_turn); ++n) {
    const bool taken = job.on_token(run->next);
    if (run->over) return;
    if (!taken) return wait(run, Clock::now() + full_pause);
    ++run->next;
  }
  if (run->next == job.tokens) return finish(run);
  wait(run, run->first + seconds(job.slowness * per(run->next, pace_.decode_tps)));
}

void Engine::finish(const RunPtr& run) {
  run->over = true;
  running_.erase(run->id);
  ++stats_.served;
  const auto done = std::move(run->job.on_done);
  fill_slots();
  done();
}

}  // namespace weir::demo
