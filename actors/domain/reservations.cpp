// Slots that attempts hold on our plan: taken with the dispatch, given back once.
#include "actors/domain/fleet.hpp"

namespace weir::domain {

void Fleet::hold(Agent& agent, AttemptId attempt, std::uint32_t engine) {
  const bool added = agent.attempts.emplace(attempt, Held{engine, false}).second;
  WEIR_ASSERT(added);
  for (const auto index : agent.rows)
    if (rows_[index].number == engine) ++rows_[index].in_flight;
}

bool Fleet::release(Agent& agent, AttemptId attempt, bool ran) {
  const auto it = agent.attempts.find(attempt);
  if (it == agent.attempts.end()) return false;
  for (const auto index : agent.rows) {
    auto& row = rows_[index];
    if (row.number != it->second.engine) continue;
    WEIR_ASSERT(row.in_flight > 0);
    --row.in_flight;
    // The last report counted it; the next one will not. With several coordinators this may
    // free a slot that another one's job holds: then the agent refuses.
    if (ran && row.slots_used > 0) --row.slots_used;
  }
  agent.attempts.erase(it);
  return true;
}

}  // namespace weir::domain
