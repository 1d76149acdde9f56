// A simulated engine, or a cloud's: prefill and decode rates, and everything that may go wrong.
#pragma once

#include "schema/types/worker.hpp"
#include "tests/sim/world/context.hpp"

#include <functional>
#include <map>
#include <string_view>

namespace weir::sim {

struct EngineCall {
  AttemptId attempt;
  std::uint32_t prompt_tokens = 0;
  std::uint64_t text = 0;      ///< where in the answer's text it begins
  std::uint64_t text_end = 0;  ///< where the answer ends
  bool stream = false;
};
/// As ports::EngineAnswer: on_end comes once, last, unless the call was cancelled.
struct EngineReply {
  std::function<void()> on_begin;
  std::function<void(std::uint64_t bytes)> on_bytes;
  std::function<void(bool failed, std::uint16_t status)> on_end;
};

inline constexpr std::uint64_t bytes_per_token = 4;

class Engine {
 public:
  Engine(Context& world, const AgentGroup& group, std::string_view name)
      : world_{world}, group_{group}, name_{name} {}

  void start(EngineCall call, EngineReply reply);
  void cancel(AttemptId attempt) { calls_.erase(attempt); }
  void cancel_all() { calls_.clear(); }
  EngineSnapshot look() const;
  std::uint32_t running() const { return static_cast<std::uint32_t>(calls_.size()); }
  std::uint32_t slots() const { return group_.slots; }

  // faults
  void crash(bool down);
  std::uint32_t error_percent = 0;
  std::uint32_t stall_percent = 0;
  std::uint32_t busy_percent = 0;
  std::uint32_t slowness = 1;
  bool well() const { return well_since_ <= world_.now() && downs_ == 0 && !opened(); }
  /// Nothing was wrong with it since.
  TimePoint well_since() const { return well_since_; }
  void touched() { well_since_ = std::max(well_since_, world_.now()); }

 private:
  struct Call {
    EngineCall order;
    EngineReply reply;
    std::uint64_t number = 0;
    std::uint64_t breaks_at = UINT64_MAX;  ///< of the text
    std::uint64_t stalls_at = UINT64_MAX;
  };

  void later(AttemptId attempt, std::uint64_t number, Micros time, void (Engine::*step)(Call&));
  void begin(Call& call);
  void go_on(Call& call);
  void finish(Call& call);
  void refuse(Call& call);
  void end(Call& call, bool failed, std::uint16_t status);
  void note_outcome(bool failed);
  /// A cloud's circuit breaker is open.
  bool opened() const { return world_.now() < open_until_; }

  Context& world_;
  const AgentGroup& group_;
  std::string_view name_;
  std::map<AttemptId, Call> calls_;
  std::uint64_t started_ = 0;
  std::uint32_t downs_ = 0;
  std::uint32_t failures_ = 0;  ///< in a row
  int ejections_ = 0;
  TimePoint open_until_{};
  TimePoint well_since_{};
};

}  // namespace weir::sim
