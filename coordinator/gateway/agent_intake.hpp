// What agents say, on its way to the brain: bounded, however much they say.
#pragma once

#include "actors/ports/brain.hpp"
#include "actors/ports/link.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>

namespace asio {
class io_context;
}

namespace weir::gateway {

struct AgentIntakeLimits {
  Millis every{10};                       ///< reports reach the brain so often
  std::size_t brain_waiting_max = 4'096;  ///< above it reports wait: the newest replaces the rest
  std::uint32_t messages_max = 4'096;     ///< of one link until the brain has caught up
};

/// Capacity reports and inventories are kept for a moment, the latest of a link replacing the
/// ones before it, so that the brain hears 10,000 agents in batches and a link that repeats
/// itself costs no memory. Everything else goes on at once, behind the link's own reports, and
/// is counted: a link that outruns the brain is closed. On the io thread alone.
class AgentIntake : public std::enable_shared_from_this<AgentIntake> {
 public:
  /// `brain` must outlive it.
  AgentIntake(asio::io_context& io, ports::Brain& brain, AgentIntakeLimits limits = {});
  ~AgentIntake();

  /// returns  whether the link may live on.
  [[nodiscard]] bool take(LinkId link, Message message);
  /// The link is gone: drops what it had to say.
  void forget(LinkId link);

 private:
  struct Pending;

  void hand_on(LinkId link, Pending& pending);
  void arm();
  void flush();

  struct Timer;
  ports::Brain& brain_;
  AgentIntakeLimits limits_;
  std::unique_ptr<Timer> timer_;
  bool armed_ = false;
  std::unordered_map<LinkId, Pending> links_;
};

}  // namespace weir::gateway
