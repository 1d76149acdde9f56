// The two doors to the cloud: the coordinator's guard, and the check that a proxy makes by itself.
#pragma once

#include "schema/types/clearance.hpp"
#include "schema/types/sensitive.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace weir::ports {

/// Grades what comes in; renders, redacts, scans and signs what is to leave. Called on the io
/// thread; the work is done elsewhere.
class Guard {
 public:
  virtual ~Guard() = default;
  /// `done` runs exactly once, on the io thread, not from within this call. Whatever goes wrong is
  /// a denial.
  virtual void clear(CloudDraft draft, std::function<void(ClearanceAnswer)> done) = 0;
  /// What a request's body holds; `unreadable` of its parts are known to be so (images, sounds).
  /// `done` as above: what could not be looked at in time is not complete, and so P0. The body may
  /// be dropped before it was looked at; it is kept no longer than its owner keeps it.
  virtual void inspect(std::shared_ptr<const std::string> body, std::uint32_t unreadable,
                       std::function<void(Detected)> done) = 0;
  /// What stands where in a plain text, for people. Not complete where it failed.
  virtual void scan(std::shared_ptr<const std::string> text, std::function<void(Scan)> done) = 0;
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
