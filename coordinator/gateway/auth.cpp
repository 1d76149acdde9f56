#include "coordinator/gateway/auth.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <algorithm>
#include <cmath>
#include <string>

namespace weir::gateway {
namespace {

constexpr double ms_per_minute = 60'000;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// The key as presented; empty where there is none.
std::string_view presented(const net::http::Headers& headers) {
  constexpr std::string_view bearer = "bearer ";
  if (const auto value = find(headers, "authorization"); value && value->size() > bearer.size()) {
    const bool same = std::equal(bearer.begin(), bearer.end(), value->begin(), [](char a, char b) {
      return a == (b >= 'A' && b <= 'Z' ? b + 32 : b);
    });
    if (same) return trimmed(value->substr(bearer.size()));
  }
  return trimmed(find(headers, "x-api-key").value_or(""));
}

std::string duration(Millis wait) {
  const auto ms = wait.count();
  return ms < 1000 ? std::to_string(ms) + "ms" : std::to_string((ms + 999) / 1000) + "s";
}

void add_limit(std::string_view kind, const Bucket& bucket, TimePoint now,
               net::http::Headers& headers) {
  if (!bucket.limited()) return;
  const auto name = [&](std::string_view what) {
    return std::string{"x-ratelimit-"}.append(what).append("-").append(kind);
  };
  headers.push_back({name("limit"), std::to_string(bucket.limit())});
  headers.push_back({name("remaining"), std::to_string(bucket.remaining(now))});
  headers.push_back({name("reset"), duration(bucket.until_full(now))});
}

}  // namespace

Bucket::Bucket(std::uint32_t per_minute, TimePoint now)
    : per_minute_{per_minute}, level_{full()}, at_{now} {}

double Bucket::level(TimePoint now) const {
  const auto passed = std::chrono::duration<double, std::milli>(now - at_).count();
  return std::min(full(), level_ + std::max(0.0, passed) * per_minute_ / ms_per_minute);
}

std::uint32_t Bucket::remaining(TimePoint now) const {
  return static_cast<std::uint32_t>(std::max(0.0, std::floor(level(now))));
}

Millis Bucket::wait(double amount, TimePoint now) const {
  if (!limited()) return Millis{0};
  const auto missing = std::min(amount, full()) - level(now);
  if (missing <= 0) return Millis{0};
  // Less than a microsecond is rounding, not waiting.
  const auto ms = std::ceil(missing * ms_per_minute / per_minute_ - 1e-3);
  return Millis{std::max<std::int64_t>(1, static_cast<std::int64_t>(ms))};
}

void Bucket::take(double amount, TimePoint now) { settle(-amount, now); }

void Bucket::settle(double amount, TimePoint now) {
  if (!limited()) return;
  level_ = std::min(full(), level(now) + amount);
  at_ = std::max(at_, now);
}

Millis Bucket::until_full(TimePoint now) const { return wait(per_minute_, now); }

Keys::Keys(const std::vector<ApiKey>& keys) { replace(keys); }

void Keys::replace(const std::vector<ApiKey>& keys) {
  const auto now = std::chrono::steady_clock::now();
  std::vector<std::shared_ptr<KeyState>> next;
  next.reserve(keys.size());
  for (const auto& key : keys) {
    auto state = std::make_shared<KeyState>(KeyState{key, {key.rpm, now}, {key.tpm, now}});
    for (const auto& old : keys_) {
      if (old->key.digest != key.digest) continue;
      if (old->key.rpm == key.rpm) state->requests = old->requests;
      if (old->key.tpm == key.tpm) state->tokens = old->tokens;
    }
    next.push_back(std::move(state));
  }
  keys_ = std::move(next);
}

Result<Caller> Keys::authenticate(const net::http::Headers& headers) const {
  if (keys_.empty()) return Caller{};
  const auto text = presented(headers);
  if (text.empty())
    return Error{Code::unauthorized,
                 "no API key: send it as 'Authorization: Bearer KEY' or 'x-api-key: KEY'"};
  Sha256 digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  std::shared_ptr<KeyState> found;
  for (const auto& state : keys_)
    if (CRYPTO_memcmp(digest.data(), state->key.digest.data(), digest.size()) == 0) found = state;
  if (!found) return Error{Code::unauthorized, "this API key is not known"};
  return Caller{std::move(found), 0};
}

std::optional<Millis> admit(Caller& caller, std::int64_t tokens, TimePoint now) {
  if (!caller.key) return std::nullopt;
  auto& state = *caller.key;
  const auto wait =
      std::max(state.requests.wait(1, now), state.tokens.wait(static_cast<double>(tokens), now));
  if (wait > Millis{0}) return wait;
  // A request that is larger than the whole limit is charged a full bucket, not refused for ever.
  caller.charged_tokens =
      state.tokens.limited() ? std::min<std::int64_t>(tokens, state.tokens.limit()) : 0;
  state.requests.take(1, now);
  state.tokens.take(static_cast<double>(caller.charged_tokens), now);
  return std::nullopt;
}

void settle(Caller& caller, std::int64_t used_tokens, TimePoint now) {
  if (!caller.key) return;
  caller.key->tokens.settle(static_cast<double>(caller.charged_tokens - used_tokens), now);
  caller.charged_tokens = used_tokens;
}

void add_limit_headers(const Caller& caller, TimePoint now, net::http::Headers& headers) {
  if (!caller.key) return;
  add_limit("requests", caller.key->requests, now, headers);
  add_limit("tokens", caller.key->tokens, now, headers);
}

}  // namespace weir::gateway
