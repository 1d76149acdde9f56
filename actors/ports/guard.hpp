// The two doors to the cloud: the coordinator's guard, and the check that a proxy makes by itself.
#pragma once

#include "schema/types/clearance.hpp"

#include <functional>
#include <optional>

namespace weir::ports {

/// Renders, scans and signs what is to leave. Called on the io thread; the work is done elsewhere.
class Guard {
 public:
  virtual ~Guard() = default;
  /// `done` runs exactly once, on the io thread, not from within this call. Whatever goes wrong is
  /// a denial.
  virtual void clear(CloudDraft draft, std::function<void(ClearanceAnswer)> done) = 0;
  /// What the peer must know to check clearances; nullopt unless its certificate says L2.
  virtual std::optional<GuardKey> key_for(const PeerIdentity& peer) const = 0;
};

/// What an L2 agent does with each request before a byte of it leaves.
class Checkpoint {
 public:
  virtual ~Checkpoint() = default;
  /// A coordinator's key; replaces that of its former link.
  virtual void learn(std::uint64_t coordinator_incarnation, const GuardKey& key) = 0;
  /// `done` runs exactly once, on the io thread, not from within this call.
  /// errors  grade_forbids_cloud: the detail says why, and quotes nothing.
  virtual void check(Arrived arrived, std::function<void(Result<Cleared>)> done) = 0;
};

}  // namespace weir::ports
