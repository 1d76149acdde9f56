#include "coordinator/gateway/agent_intake.hpp"

#include "actors/net/asio.hpp"

#include <optional>
#include <utility>
#include <variant>

namespace weir::gateway {

struct AgentIntake::Pending {
  std::optional<Inventory> inventory;
  std::optional<CapacityReport> report;
  std::uint32_t messages = 0;
};

struct AgentIntake::Timer : asio::steady_timer {
  using asio::steady_timer::steady_timer;
};

AgentIntake::AgentIntake(asio::io_context& io, ports::Brain& brain, AgentIntakeLimits limits)
    : brain_{brain}, limits_{limits}, timer_{std::make_unique<Timer>(io)} {}

AgentIntake::~AgentIntake() = default;

bool AgentIntake::take(LinkId link, Message message) {
  auto& pending = links_[link];
  arm();
  if (auto* inventory = std::get_if<Inventory>(&message)) {
    pending.inventory = std::move(*inventory);
  } else if (auto* report = std::get_if<CapacityReport>(&message)) {
    pending.report = std::move(*report);
  } else {
    if (++pending.messages > limits_.messages_max) return false;
    hand_on(link, pending);
    brain_.post(AgentSaid{link, std::move(message)});
  }
  return true;
}

void AgentIntake::forget(LinkId link) { links_.erase(link); }

void AgentIntake::hand_on(LinkId link, Pending& pending) {
  if (auto inventory = std::exchange(pending.inventory, std::nullopt))
    brain_.post(AgentSaid{link, std::move(*inventory)});
  if (auto report = std::exchange(pending.report, std::nullopt))
    brain_.post(AgentSaid{link, *std::move(report)});
}

void AgentIntake::arm() {
  if (std::exchange(armed_, true)) return;
  timer_->expires_after(limits_.every);
  timer_->async_wait([weak = weak_from_this()](const asio::error_code& e) {
    const auto self = weak.lock();
    if (!e && self) self->flush();
  });
}

void AgentIntake::flush() {
  armed_ = false;
  if (brain_.waiting() > limits_.brain_waiting_max) return arm();
  for (auto& [link, pending] : links_) hand_on(link, pending);
  links_.clear();
}

}  // namespace weir::gateway
