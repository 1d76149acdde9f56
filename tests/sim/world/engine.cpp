#include "tests/sim/world/engine.hpp"

#include <algorithm>
#include <utility>

namespace weir::sim {
namespace {

constexpr std::uint64_t chunks_max = 12;
constexpr std::uint32_t breaker_failures = 4;
constexpr Millis breaker_open{3'000};
// As actors/domain/outlier.hpp has them.
constexpr std::uint32_t ejection_failures = 3;
constexpr Millis ejection{5'000};
constexpr std::uint16_t busy_status = 429;
constexpr std::uint16_t error_status = 500;

}  // namespace

void Engine::later(AttemptId attempt, std::uint64_t number, Micros time,
                   void (Engine::*step)(Call&)) {
  world_.timeline.after(time, [this, attempt, number, step] {
    const auto at = calls_.find(attempt);
    if (at != calls_.end() && at->second.number == number) (this->*step)(at->second);
  });
}

void Engine::start(EngineCall order, EngineReply reply) {
  const auto attempt = order.attempt;
  Call call{order, std::move(reply), ++started_};
  const auto span = static_cast<std::uint32_t>(order.text_end - order.text + 1);
  if (world_.chance(error_percent)) call.breaks_at = order.text + world_.random.below(span);
  if (world_.chance(stall_percent)) call.stalls_at = order.text + world_.random.below(span);
  const bool down =
      downs_ > 0 || opened() || world_.chance(busy_percent) || (call.breaks_at == order.text);
  const auto prefill = Micros{10'000 + order.prompt_tokens * 1'000'000ULL / group_.prefill_per_s};
  const auto number = call.number;
  calls_.insert_or_assign(attempt, std::move(call));
  later(attempt, number, down ? Micros{2'000} : prefill * slowness,
        down ? &Engine::refuse : &Engine::begin);
}

void Engine::refuse(Call& call) {
  end(call, true, downs_ > 0 ? 0 : busy_percent > 0 ? busy_status : error_status);
}

void Engine::begin(Call& call) {
  if (call.stalls_at == call.order.text) return;
  if (call.order.stream) {
    call.reply.on_begin();
    return go_on(call);
  }
  const auto tokens = (call.order.text_end - call.order.text) / bytes_per_token;
  later(call.order.attempt, call.number,
        Micros{tokens * 1'000'000ULL / group_.decode_per_s} * slowness, &Engine::finish);
}

/// The next piece of a stream.
void Engine::go_on(Call& call) {
  auto& order = call.order;
  if (order.text >= call.stalls_at) return;
  if (order.text >= call.breaks_at) return end(call, true, 0);
  if (order.text == order.text_end) return end(call, false, 0);
  const auto left = order.text_end - order.text;
  const auto whole = left / bytes_per_token;
  const auto tokens = std::min(whole, std::max<std::uint64_t>(1, whole / chunks_max + 2));
  order.text += tokens * bytes_per_token;
  const auto attempt = order.attempt;
  const auto number = call.number;
  call.reply.on_bytes(tokens * bytes_per_token);
  later(attempt, number, Micros{tokens * 1'000'000ULL / group_.decode_per_s} * slowness,
        &Engine::go_on);
}

/// A whole answer.
void Engine::finish(Call& call) {
  if (call.stalls_at < call.order.text_end) return;
  if (call.breaks_at < call.order.text_end) return end(call, true, error_status);
  call.reply.on_begin();
  call.reply.on_bytes(call.order.text_end - call.order.text);
  end(call, false, 0);
}

void Engine::end(Call& call, bool failed, std::uint16_t status) {
  const auto reply = std::move(call.reply);
  const auto attempt = call.order.attempt;
  calls_.erase(attempt);
  if (group_.tier == Tier::l2) {
    failures_ = failed ? failures_ + 1 : 0;
    if (failures_ >= breaker_failures) {
      open_until_ = world_.now() + breaker_open;
      failures_ = breaker_failures - 1;  // the next one is a probe
      well_since_ = open_until_;
      world_.note(name_, "breaker opens");
    }
  }
  if (group_.tier != Tier::l2) note_outcome(failed);
  if (failed) world_.note(name_, "engine fails", attempt, status);
  reply.on_end(failed, status);
}

/// One that fails again and again is left out by coordinators, longer each time.
void Engine::note_outcome(bool failed) {
  if (world_.now() < well_since_) return;
  failures_ = failed ? failures_ + 1 : 0;
  if (failures_ < ejection_failures) return;
  well_since_ = world_.now() + ejection * (1 << std::min(ejections_++, 4));
  failures_ = ejection_failures - 1;  // the next one is a probe
}

void Engine::crash(bool down) {
  touched();
  down ? ++downs_ : --downs_;
  if (!down) return;
  while (!calls_.empty()) end(calls_.begin()->second, true, 0);
}

EngineSnapshot Engine::look() const {
  EngineSnapshot seen;
  seen.engine = 1;
  seen.cloud = group_.tier == Tier::l2;
  seen.state = downs_ > 0 || opened() ? EngineState::down : EngineState::up;
  seen.slots_total = group_.slots;
  seen.counts_running = !seen.cloud;
  seen.running = running();
  for (const auto& id : group_.models) {
    ModelInfo model;
    model.id = id;
    model.features =
        feature::tools | feature::json | (group_.continues ? feature::continues : Features{0});
    model.capability = 1;
    if (seen.cloud) model.in_per_mtok = model.out_per_mtok = MicroUsd{500'000};
    seen.models.push_back(std::move(model));
  }
  return seen;
}

}  // namespace weir::sim
