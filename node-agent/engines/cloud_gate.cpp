#include "node-agent/engines/cloud_gate.hpp"

#include "schema/types/assert.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <utility>

namespace weir::engines {
namespace {

constexpr double minute_ms = 60'000;
constexpr double longest_ms = 1e12;

/// The text as a number that is neither negative nor beyond any use.
std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
  if (!std::isfinite(value) || value < 0) return std::nullopt;
  return value;
}

std::optional<int> digits(std::string_view text) {
  int value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Seconds since 1970 of "Sun, 06 Nov 1994 08:49:37 GMT", the one form that HTTP still allows to
/// be made.
std::optional<std::int64_t> http_date(std::string_view text) {
  static constexpr std::array<std::string_view, 12> months{
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT" ||
      text[19] != ':' || text[22] != ':')
    return std::nullopt;
  const auto month = std::find(months.begin(), months.end(), text.substr(8, 3));
  const auto day = digits(text.substr(5, 2)), year = digits(text.substr(12, 4)),
             hour = digits(text.substr(17, 2)), minute = digits(text.substr(20, 2)),
             second = digits(text.substr(23, 2));
  if (month == months.end() || !day || !year || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date{
      std::chrono::year{*year},
      std::chrono::month{static_cast<unsigned>(month - months.begin() + 1)},
      std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok() || *hour < 0 || *hour > 23 || *minute < 0 || *minute > 59 || *second < 0 ||
      *second > 60)
    return std::nullopt;
  const std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
  return days * 86'400 + *hour * 3'600 + *minute * 60 + *second;
}

Millis millis(double count) {
  return Millis{static_cast<std::int64_t>(std::ceil(std::min(count, longest_ms)))};
}

}  // namespace

std::string_view name_of(Shut shut) {
  switch (shut) {
    case Shut::circuit:
      return "circuit";
    case Shut::paused:
      return "paused";
    case Shut::requests:
      return "requests";
    case Shut::tokens:
      return "tokens";
  }
  return "";
}

double TokenBucket::level(TimePoint now) const {
  if (!at_) return per_minute_;
  const auto filled = static_cast<double>(millis_between(*at_, now)) * per_minute_ / minute_ms;
  return std::min(per_minute_, level_ + filled);
}

void TokenBucket::take(TimePoint now, double amount) {
  if (!limited()) return;
  level_ = std::min(per_minute_, level(now) - amount);
  at_ = now;
}

CloudGate::CloudGate(GateSettings settings)
    : settings_{settings},
      requests_{static_cast<double>(settings.rpm)},
      tokens_{static_cast<double>(settings.tpm)},
      open_for_{settings.open_first},
      pause_for_{settings.pause_first} {}

std::optional<Shut> CloudGate::shut(TimePoint now) const {
  if (open_ && (now < open_until_ || probing_)) return Shut::circuit;
  if (now < paused_until_) return Shut::paused;
  if (requests_.limited() && requests_.level(now) < 1) return Shut::requests;
  if (tokens_.limited() && tokens_.level(now) <= 0) return Shut::tokens;
  return std::nullopt;
}

std::optional<CloudGate::Pass> CloudGate::admit(TimePoint now, Tokens estimate) {
  if (shut(now)) return std::nullopt;
  requests_.take(now, 1);
  tokens_.take(now, static_cast<double>(estimate.count()));
  if (open_) probing_ = true;
  return Pass{estimate.count(), open_};
}

std::uint32_t CloudGate::room(TimePoint now, std::uint32_t most) const {
  if (shut(now)) return 0;
  const double left = requests_.limited() ? requests_.level(now) : most;
  const auto room = static_cast<std::uint32_t>(std::min<double>(left, most));
  return open_ ? std::min(room, 1U) : room;
}

void CloudGate::begun(Pass& pass) {
  if (!std::exchange(pass.probe, false)) return;
  WEIR_ASSERT(probing_);
  open_ = probing_ = false;
  failures_ = settings_.failures_to_open > 0 ? settings_.failures_to_open - 1 : 0;
}

void CloudGate::ended(TimePoint now, const Pass& pass, Outcome outcome, Tokens used,
                      std::optional<Millis> retry_after) {
  if (used.count() > 0) tokens_.take(now, static_cast<double>(used.count() - pass.tokens));
  if (outcome == Outcome::limited || (outcome == Outcome::failed && retry_after)) {
    pause(now, std::min(retry_after.value_or(pause_for_), settings_.retry_after_max));
    if (!retry_after) pause_for_ = std::min(pause_for_ * 2, settings_.pause_max);
  }
  if (outcome == Outcome::failed) return failed(now, pass);
  if (pass.probe) probing_ = false;
  if (outcome != Outcome::answered) return;
  if (pass.probe) open_ = false;
  if (open_) return;  // an answer from before it opened
  failures_ = 0;
  open_for_ = settings_.open_first;
  pause_for_ = settings_.pause_first;
}

void CloudGate::failed(TimePoint now, const Pass& pass) {
  if (pass.probe) {
    probing_ = false;
    return open_circuit(now);
  }
  if (open_) return;  // it began before the circuit opened
  if (++failures_ >= settings_.failures_to_open) open_circuit(now);
}

void CloudGate::open_circuit(TimePoint now) {
  open_ = true;
  open_until_ = now + open_for_;
  open_for_ = std::min(open_for_ * 2, settings_.open_max);
}

void CloudGate::pause(TimePoint now, Millis time) {
  paused_until_ = std::max(paused_until_, now + time);
}

std::optional<Millis> retry_after(std::optional<std::string_view> milliseconds,
                                  std::optional<std::string_view> seconds_or_date,
                                  std::int64_t unix_now) {
  if (milliseconds)
    if (const auto ms = number(*milliseconds)) return millis(*ms);
  if (!seconds_or_date) return std::nullopt;
  if (const auto s = number(*seconds_or_date)) return millis(*s * 1'000);
  const auto date = http_date(*seconds_or_date);
  if (!date) return std::nullopt;
  return millis(static_cast<double>(std::max<std::int64_t>(*date - unix_now, 0)) * 1'000);
}

}  // namespace weir::engines
