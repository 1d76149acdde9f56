// The guard and the checkpoint as ports: the value machines of domain/clearance on threads of
// their own.
#pragma once

#include "actors/domain/clearance.hpp"
#include "actors/ports/guard.hpp"
#include "actors/shells/defer.hpp"
#include "actors/shells/work_pool.hpp"

#include <cstddef>
#include <memory>

namespace weir::shells {

struct GuardLimits {
  std::size_t threads = 2;
  std::size_t waiting_max = 64;  ///< then a draft is denied as `busy`; each is at most 8 MiB
  Millis late_after{2'000};      ///< a draft that waited longer is denied as `late`
};

/// On the io thread, but for its own threads. `to_io` runs a call on the io thread (asio::post); it
/// must outlive this, and drop what it did not run.
class GuardShell final : public ports::Guard {
 public:
  GuardShell(caf::actor_system& system, domain::ClearanceOffice office, Defer to_io,
             GuardLimits limits = {});
  void clear(CloudDraft draft, std::function<void(ClearanceAnswer)> done) override;
  std::optional<GuardKey> key_for(const PeerIdentity& peer) const override;

 private:
  std::shared_ptr<const domain::ClearanceOffice> office_;
  Defer to_io_;
  GuardLimits limits_;
  WorkPool pool_;
};

/// The same for a proxy. One thread: checks are made in the order of their arrival.
class CheckpointShell final : public ports::Checkpoint {
 public:
  /// Requests that may wait for their check; a further one is refused.
  static constexpr std::size_t waiting_max = 256;

  CheckpointShell(caf::actor_system& system, domain::Checkpoint checkpoint, Defer to_io);
  void learn(std::uint64_t coordinator_incarnation, const GuardKey& key) override;
  void check(Arrived arrived, std::function<void(Result<Cleared>)> done) override;

 private:
  std::shared_ptr<domain::Checkpoint> checkpoint_;
  Defer to_io_;
  WorkPool pool_;
};

}  // namespace weir::shells
