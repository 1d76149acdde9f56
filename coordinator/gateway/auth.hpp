// Who calls, and how much of their limits is left.
#pragma once

#include "actors/net/http/message.hpp"
#include "schema/types/result.hpp"
#include "schema/types/settings.hpp"
#include "schema/types/units.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::gateway {

/// Refills evenly to its capacity within one minute. May be driven below zero by settle().
class Bucket {
 public:
  /// `per_minute` 0: no limit.
  Bucket(std::uint32_t per_minute, TimePoint now);

  bool limited() const { return per_minute_ != 0; }
  std::uint32_t limit() const { return per_minute_; }
  /// Whole units left.
  std::uint32_t remaining(TimePoint now) const;
  /// How long until `amount` is there; 0: now. An amount above the limit waits for a full bucket.
  Millis wait(double amount, TimePoint now) const;
  void take(double amount, TimePoint now);
  /// Gives `amount` back, or takes more when negative.
  void settle(double amount, TimePoint now);
  /// How long until the bucket is full again.
  Millis until_full(TimePoint now) const;

 private:
  double full() const { return per_minute_; }
  double level(TimePoint now) const;

  std::uint32_t per_minute_;
  double level_;
  TimePoint at_;
};

/// One key with its limits. Lives as long as a request of it does, beyond a reload.
struct KeyState {
  ApiKey key;
  Bucket requests;
  Bucket tokens;
};

/// Who a request is from. `key` is absent where no keys are configured.
struct Caller {
  std::shared_ptr<KeyState> key;
  std::int64_t charged_tokens = 0;

  std::string name() const { return key ? key->key.tenant + '/' + key->key.name : std::string{}; }
  std::string_view tenant() const { return key ? std::string_view{key->key.tenant} : "default"; }
  std::optional<Grade> default_grade() const { return key ? key->key.default_grade : std::nullopt; }
};

class Keys {
 public:
  explicit Keys(const std::vector<ApiKey>& keys);

  /// `Authorization: Bearer` or `x-api-key`. Every configured digest is compared, each in
  /// constant time. errors  unauthorized. O(keys).
  Result<Caller> authenticate(const net::http::Headers& headers) const;
  /// Takes new keys; a key that stays keeps what it has used.
  void replace(const std::vector<ApiKey>& keys);

 private:
  std::vector<std::shared_ptr<KeyState>> keys_;
};

/// Takes one request and `tokens` (an estimate) from the caller's limits.
/// returns  nothing when admitted, otherwise how long to wait.
std::optional<Millis> admit(Caller& caller, std::int64_t tokens, TimePoint now);
/// Replaces the estimate by what was really used.
void settle(Caller& caller, std::int64_t used_tokens, TimePoint now);
/// Adds `x-ratelimit-{limit,remaining,reset}-{requests,tokens}` where a limit applies.
void add_limit_headers(const Caller& caller, TimePoint now, net::http::Headers& headers);

}  // namespace weir::gateway
