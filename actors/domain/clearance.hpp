// Who may send what to the cloud: the coordinator's office, which makes clearances, and a proxy's
// checkpoint, which believes nobody. See ARCHITECTURE, "Clearance".
#pragma once

#include "actors/domain/grading/detector.hpp"
#include "schema/dialect/chat.hpp"
#include "schema/types/clearance.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

namespace weir::domain {

/// The two functions that clearances rest on; net/tls has them. Both must be thread-safe.
struct Digests {
  Sha256 (*sha256)(std::string_view bytes) = nullptr;
  Sha256 (*hmac)(const Sha256& key, std::string_view bytes) = nullptr;
};

/// The terms as the MAC covers them: a name and a version, then each field at a fixed width, the
/// model behind its length. Two different terms never have the same text.
std::string canonical(const ClearanceTerms& terms);

/// Tokens that a provider's own words add to a prompt: its template, its text about tools.
inline constexpr std::uint64_t provider_tokens_max = 2'048;
/// What the call costs at most: prompt bytes count as tokens, beside provider_tokens_max, the
/// answer as its limit. Rounded up.
MicroUsd cost_cap(std::uint64_t body_bytes, std::uint32_t output_tokens_max,
                  const CloudTarget& target);

struct OfficeRules {
  std::uint32_t ttl_ms = 60'000;                ///< of a clearance, from the proxy's receipt
  std::uint32_t output_tokens_default = 4'096;  ///< where the client set no limit
};

/// The only maker of clearances. It alone holds the key. Const, and so safe from any thread.
class ClearanceOffice {
 public:
  /// `detector` must not be null.
  ClearanceOffice(Digests digests, const Sha256& key, std::shared_ptr<const Detector> detector,
                  OfficeRules rules = {});
  /// The same office, with the same key, that goes by another detector.
  ClearanceOffice with(std::shared_ptr<const Detector> detector) const;

  /// What a request's body holds; `unreadable` of its parts cannot be looked into. O(body).
  Detected inspect(std::string_view body, std::uint32_t unreadable) const;
  Scan scan(std::string_view text) const { return detector_->scan(text); }
  /// Writes the provider's request, scans those bytes, and signs what they are. What makes it P1
  /// is replaced by placeholders first. Whatever is not surely allowed is denied: P0; P1 in which
  /// nothing was found that could be replaced, or not all of it; any finding in the bytes as they
  /// are to leave; a dialect that cannot say the request; more than 8 MiB. O(body).
  ClearanceAnswer clear(CloudDraft draft) const;
  GuardKey key() const { return {key_}; }

 private:
  Clearance sign(ClearanceTerms terms) const;
  std::string nonce_for(AttemptId attempt) const;

  // The steps of clear(), each alone in its file.
  static bool never_leaves(const CloudDraft& draft);
  struct Redacted {
    bool ready = false;  ///< false: something cannot be replaced, or there is nothing to replace
    std::shared_ptr<const Vault> vault;  ///< of P1
  };
  Redacted redact(const CloudDraft& draft, dialect::ChatRequest& request) const;
  /// The grade of bytes that may not leave; nullopt: they may.
  std::optional<Grade> dirty(std::string_view bytes) const;

  Digests digests_;
  Sha256 key_;
  std::shared_ptr<const Detector> detector_;
  OfficeRules rules_;
};

/// A proxy's own check of each request, whatever the coordinator said. Not thread-safe.
class Checkpoint {
 public:
  /// Coordinators whose keys are kept; a further one replaces the oldest.
  static constexpr std::size_t coordinators_max = 64;
  /// Attempts remembered against replay, per coordinator. Older ones count as replayed.
  static constexpr std::size_t attempts_max = 65'536;

  /// `self`: this process's incarnation, as its Hello states it. `detector` must not be null.
  Checkpoint(Digests digests, std::uint64_t self, std::shared_ptr<const Detector> detector)
      : digests_{digests}, self_{self}, detector_{std::move(detector)} {}

  void learn(std::uint64_t coordinator, const GuardKey& key);
  void replace(std::shared_ptr<const Detector> detector) { detector_ = std::move(detector); }
  /// errors  grade_forbids_cloud; the detail's first word says why: "clearance" (there is none),
  ///         "key" (of no linked coordinator), "mac", "attempt", "proxy", "model", "length",
  ///         "digest", "expired", "replayed", "grade", "sensitive". O(body).
  Result<Cleared> check(TimePoint now, Arrived arrived);

 private:
  struct Coordinator {
    Sha256 key{};
    std::uint64_t learnt = 0;
    std::set<StreamId> seen;
    StreamId forgotten;  ///< whatever is not above it counts as seen
  };
  /// Why the request may not leave; nullptr: it may.
  const char* refusal(TimePoint now, const Arrived& arrived, const Scan& found);
  // Its steps, each alone in its file.
  bool genuine(const Coordinator& of, const Clearance& clearance) const;
  static bool clean(const Scan& found);
  bool replayed(Coordinator& of, AttemptId attempt);
  /// Takes as long whatever differs.
  static bool same(const Sha256& a, const Sha256& b);

  Digests digests_;
  std::uint64_t self_;
  std::shared_ptr<const Detector> detector_;
  std::map<std::uint64_t, Coordinator> coordinators_;
  std::uint64_t learnt_ = 0;
};

/// Whether an L2 agent may take this order at all, before its body: not P0, not P1 that nobody
/// desensitised, and only with a clearance for this very attempt and model. O(1).
std::optional<RefusalReason> cloud_refusal(const Dispatch& dispatch);

}  // namespace weir::domain
