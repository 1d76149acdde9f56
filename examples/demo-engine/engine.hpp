// Slots and time: what an engine costs a fleet, without the model. More jobs than slots wait in
// the order they came; a job takes its prompt's time, then one token after the other.
#pragma once

#include "actors/net/asio.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <unordered_map>

namespace weir::demo {

struct Pace {
  double prefill_tps = 2000;  ///< prompt tokens per second; 0: no time at all
  double decode_tps = 50;     ///< answer tokens per second; 0: no time at all
};

struct Job {
  std::uint64_t prompt_tokens = 0;
  std::uint32_t tokens = 0;
  double slowness = 1;  ///< times its durations
  bool stalls = false;  ///< holds its slot until it is cancelled
  bool token_by_token = false;
  /// Each token, if `token_by_token`. returns false, and takes nothing, when the client has enough
  /// now: the same token comes again.
  std::function<bool(std::uint32_t index)> on_token;
  std::function<void()> on_done;
};

struct Stats {
  std::uint32_t running = 0;
  std::uint32_t waiting = 0;
  std::uint64_t served = 0;
  std::uint64_t cancelled = 0;
  std::uint32_t peak = 0;  ///< most that ever ran at once
};

class Engine {
 public:
  Engine(asio::io_context& io, std::uint32_t slots, Pace pace)
      : io_{io}, slots_{slots}, pace_{pace} {}

  /// Jobs that may wait; submit() refuses more.
  static constexpr std::size_t waiting_max = 100'000;

  /// returns the job's number, 0 where too many wait. No callback runs within the call.
  std::uint64_t submit(Job job);
  /// Frees the job's slot at once; no callback follows. Idempotent.
  void cancel(std::uint64_t id);
  Stats stats() const;
  std::uint32_t slots() const { return slots_; }

 private:
  struct Run {
    Run(asio::io_context& io, std::uint64_t number, Job what)
        : id{number}, job{std::move(what)}, timer{io} {}
    std::uint64_t id;
    Job job;
    asio::steady_timer timer;
    std::chrono::steady_clock::time_point first;  ///< when the first token is due
    std::uint32_t next = 0;
    bool over = false;
  };
  using RunPtr = std::shared_ptr<Run>;

  void fill_slots();
  void begin(const RunPtr& run);
  void wait(const RunPtr& run, std::chrono::steady_clock::time_point until);
  void step(const RunPtr& run);
  void finish(const RunPtr& run);

  asio::io_context& io_;
  std::uint32_t slots_;
  Pace pace_;
  std::uint64_t last_ = 0;
  std::unordered_map<std::uint64_t, RunPtr> running_;
  std::deque<RunPtr> waiting_;
  Stats stats_;
};

}  // namespace weir::demo
