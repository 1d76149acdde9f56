// The gate to the cloud, in types: only the guard makes a clearance, only a clearance makes bytes
// that leave, and only a proxy's checkpoint makes bytes that a cloud engine sends. None of them can
// be copied: a second attempt must ask again.
#pragma once

#include "schema/types/brain.hpp"
#include "schema/types/messages.hpp"
#include "schema/types/vault.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>

namespace weir {

namespace domain {
class ClearanceOffice;
class Checkpoint;
}  // namespace domain

/// Bytes of unknown content and the strictest grade known of them. Only the office reads them; they
/// are overwritten at the end.
class Tainted {
 public:
  Tainted(std::string bytes, Grade floor) : bytes_{std::move(bytes)}, grade_{floor} {}
  Tainted(const Tainted&) = delete;
  Tainted& operator=(const Tainted&) = delete;
  Tainted(Tainted&& other) noexcept
      : bytes_{std::exchange(other.bytes_, {})}, grade_{other.grade_} {}
  Tainted& operator=(Tainted&&) = delete;
  ~Tainted();

  /// Monotone: there is no way back.
  void raise(Grade grade) { grade_ = strictest(grade_, grade); }
  Grade grade() const { return grade_; }

 private:
  friend class domain::ClearanceOffice;
  std::string bytes_;
  Grade grade_;
};

/// A request that is to leave for the cloud, before anybody agreed to it.
struct CloudDraft {
  AttemptId attempt;
  Endpoint front = Endpoint::chat_completions;  ///< the dialect of `body`
  Tainted body;                                 ///< as the client sent it
  EngineKind provider = EngineKind::openai;
  std::string model;  ///< the provider's id
  CloudTarget target;
};

/// A provider's request, cleared: made by ClearanceOffice alone.
class CloudBound {
 public:
  CloudBound(const CloudBound&) = delete;
  CloudBound& operator=(const CloudBound&) = delete;
  CloudBound(CloudBound&&) noexcept = default;
  CloudBound& operator=(CloudBound&&) noexcept = default;

  const Clearance& clearance() const { return clearance_; }
  std::string take_bytes() && { return std::move(bytes_); }
  /// What its placeholders stand for; null where it has none. It stays in this process.
  const std::shared_ptr<const Vault>& vault() const { return vault_; }

 private:
  friend class domain::ClearanceOffice;
  CloudBound(std::string bytes, Clearance clearance, std::shared_ptr<const Vault> vault)
      : bytes_{std::move(bytes)}, clearance_{std::move(clearance)}, vault_{std::move(vault)} {}
  std::string bytes_;
  Clearance clearance_;
  std::shared_ptr<const Vault> vault_;
};
using ClearanceAnswer = std::variant<CloudBound, ClearanceDenied>;

/// What reached a proxy, before its own check.
struct Arrived {
  Dispatch dispatch;
  std::string body;
  TimePoint received;  ///< of the Dispatch
};

/// A request that passed the proxy's own check: made by Checkpoint alone.
class Cleared {
 public:
  Cleared(const Cleared&) = delete;
  Cleared& operator=(const Cleared&) = delete;
  Cleared(Cleared&&) noexcept = default;
  Cleared& operator=(Cleared&&) noexcept = default;

  const ClearanceTerms& terms() const { return terms_; }
  /// What the proxy's own detector found in it: 0, unless its check was not made.
  std::uint64_t sensitive_bytes() const { return sensitive_bytes_; }
  std::string take_bytes() && { return std::move(bytes_); }

 private:
  friend class domain::Checkpoint;
  Cleared(std::string bytes, ClearanceTerms terms, std::uint64_t sensitive_bytes)
      : bytes_{std::move(bytes)}, terms_{std::move(terms)}, sensitive_bytes_{sensitive_bytes} {}
  std::string bytes_;
  ClearanceTerms terms_;
  std::uint64_t sensitive_bytes_ = 0;
};

}  // namespace weir
