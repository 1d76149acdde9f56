// What the cloud may cost: a limit on the last 24 hours, and a reservation for every attempt that
// is on its way. A reservation is an upper bound, and is settled exactly once.
#pragma once

#include "schema/types/ids.hpp"
#include "schema/types/messages.hpp"
#include "schema/types/units.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace weir::domain {

struct Reservation {
  std::uint64_t agent_serial = 0;  ///< where the attempt runs
  MicroUsd cap;
  MicroUsd in_per_mtok;
  MicroUsd out_per_mtok;
};

class Budget {
 public:
  void configure(std::optional<MicroUsd> per_day) { per_day_ = per_day; }
  /// What may still be reserved; nullopt: no limit. Never below 0.
  std::optional<MicroUsd> left(TimePoint now) const;
  /// `attempt` must hold no reservation.
  void reserve(AttemptId attempt, const Reservation& reservation);
  /// Ends the reservation and counts what the attempt cost: by its usage, or `cap` where nobody
  /// told. returns  that; nullopt where there is none (it was settled before, or is local).
  std::optional<MicroUsd> settle(AttemptId attempt, const std::optional<Usage>& usage,
                                 TimePoint now);
  /// The attempt was never sent: it cost nothing.
  void cancel(AttemptId attempt) { reserved_.erase(attempt); }
  const std::map<AttemptId, Reservation>& reserved() const { return reserved_; }

 private:
  /// Hours in a window of 24 h, and the one that is under way.
  static constexpr std::size_t hours = 25;
  struct Hour {
    std::int64_t number = -1;
    MicroUsd spent;
  };
  static std::int64_t hour_of(TimePoint at);

  std::optional<MicroUsd> per_day_;
  std::map<AttemptId, Reservation> reserved_;
  std::array<Hour, hours> spent_{};
};

}  // namespace weir::domain
