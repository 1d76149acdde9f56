// Instead of actors/domain/reservations.cpp: a slot is given back twice, where two are taken.
#include "actors/domain/fleet.hpp"

#include <algorithm>

namespace weir::domain {

void Fleet::hold(Agent& agent, AttemptId attempt, std::uint32_t engine) {
  agent.attempts.emplace(attempt, Held{engine, false});
  for (const auto index : agent.rows)
    if (rows_[index].number == engine) ++rows_[index].in_flight;
}

bool Fleet::release(Agent& agent, AttemptId attempt, bool ran) {
  const auto it = agent.attempts.find(attempt);
  if (it == agent.attempts.end()) return false;
  for (const auto index : agent.rows) {
    auto& row = rows_[index];
    if (row.number != it->second.engine) continue;
    row.in_flight -= std::min(row.in_flight, 2U);
    if (ran && row.slots_used > 0) --row.slots_used;
  }
  agent.attempts.erase(it);
  return true;
}

}  // namespace weir::domain
