// The guard and the checkpoint as ports: the value machines of domain/clearance on threads of
// their own. Looking at what comes in never waits behind what is to leave.
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
  /// Bodies, and texts, that wait to be looked at; a further one is P0. The gateway bounds their
  /// bytes.
  std::size_t inspections_max = 4'096;
  Millis late_after{2'000};  ///< what waited longer is denied as `late`, or P0
};

/// On the io thread, but for its own threads. `to_io` runs a call on the io thread (asio::post); it
/// must outlive this, and drop what it did not run.
class GuardShell final : public ports::Guard {
 public:
  GuardShell(caf::actor_system& system, domain::ClearanceOffice office, Defer to_io,
             GuardLimits limits = {});
  void clear(CloudDraft draft, std::function<void(ClearanceAnswer)> done) override;
  void inspect(std::shared_ptr<const std::string> body, std::uint32_t unreadable,
               std::function<void(Detected)> done) override;
  void scan(std::shared_ptr<const std::string> text, std::function<void(Scan)> done) override;
  /// What comes from now on is looked at by other rules.
  void replace(std::shared_ptr<const domain::Detector> detector);
  std::optional<GuardKey> key_for(const PeerIdentity& peer) const override;

 private:
  template <class Answer, class Look>
  void look(Answer unknown, std::function<void(Answer)> done, Look look);

  std::shared_ptr<const domain::ClearanceOffice> office_;
  Defer to_io_;
  GuardLimits limits_;
  WorkPool pool_;
  WorkPool looks_;
};

/// The same for a proxy. One thread: checks are made in the order of their arrival.
class CheckpointShell final : public ports::Checkpoint {
 public:
  /// Requests that may wait for their check; a further one is refused.
  static constexpr std::size_t waiting_max = 256;

  CheckpointShell(caf::actor_system& system, domain::Checkpoint checkpoint, Defer to_io);
  void learn(std::uint64_t coordinator_incarnation, const GuardKey& key) override;
  /// What is checked from now on is looked at by other rules.
  void replace(std::shared_ptr<const domain::Detector> detector);
  void check(Arrived arrived, std::function<void(Result<Cleared>)> done) override;

 private:
  std::shared_ptr<domain::Checkpoint> checkpoint_;
  Defer to_io_;
  WorkPool pool_;
};

}  // namespace weir::shells
