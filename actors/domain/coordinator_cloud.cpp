// The way to the cloud: when work spills, what the guard keeps here, and what it costs.
#include "actors/domain/coordinator_state.hpp"
#include "schema/types/price.hpp"

#include <algorithm>
#include <utility>

namespace weir::domain {

namespace {

/// The caller's error where nothing else serves a request that was kept here.
Error error_of(const ClearanceDenied& event) {
  switch (event.why) {
    case Denial::too_large:
      return {Code::body_too_large, "only the cloud could serve this request, and it is too large"};
    case Denial::dialect:
      if (event.error) return *event.error;
      return {Code::not_supported, "the cloud's dialect cannot say this request"};
    case Denial::grade:
    case Denial::sensitive:
      return {Code::grade_forbids_cloud, detail_of(Code::grade_forbids_cloud)};
    case Denial::busy:
    case Denial::late:
    case Denial::internal:
    case Denial::withdrawn:
      break;
  }
  return {Code::no_capacity, "the guard could not check this request in time"};
}

/// Whether nothing was sent, or the provider refused what was.
bool free_of_charge(const Finish& finish) {
  if (finish.engine_status >= 400) return true;
  return finish.error && (finish.error->code == Code::grade_forbids_cloud ||
                          finish.error->code == Code::rate_limited);
}

std::string_view reason_of(Denial why) {
  switch (why) {
    case Denial::grade:
      return "not cleared: its grade";
    case Denial::sensitive:
      return "not cleared: the detector found more than its label said";
    case Denial::dialect:
      return "not cleared: the provider's dialect cannot say it";
    case Denial::too_large:
      return "not cleared: too large";
    case Denial::busy:
      return "not cleared: the guard is busy";
    case Denial::late:
      return "not cleared: the guard was late";
    case Denial::internal:
      return "not cleared: the guard failed";
    case Denial::withdrawn:
      return "ended before it was sent";
  }
  return "not cleared";
}

}  // namespace

/// The agent never heard of the attempt: its slot and its money are free again. Where the guard
/// found more than the label said, the request is from now on what it was found to be.
void Coordinator::State::on(const ClearanceDenied& event) {
  const auto reserved = budget.reserved().find(event.attempt);
  auto* proxy = reserved == budget.reserved().end()
                    ? nullptr
                    : fleet.find_serial(reserved->second.agent_serial);
  budget.cancel(event.attempt);
  if (proxy != nullptr) fleet.release(*proxy, event.attempt, false);
  // What was found is true of the request, whether or not this attempt is still its current one.
  auto* r = event.attempt.incarnation == incarnation ? find(event.attempt.request) : nullptr;
  if (r != nullptr && event.grade) tighten(*r, *event.grade, "detector");
  if (r = current(event.attempt); r != nullptr) {
    r->running.reset();
    --running;
    if (auto* log = r->story.attempt(event.attempt.number)) log->outcome = reason_of(event.why);
    keep_here(*r, error_of(event));
  }
  if (proxy != nullptr) fill(*proxy);
}

void Coordinator::State::keep_here(Request& r, Error error) {
  --r.tries;
  r.kept_here = std::move(error);
  place_again(r, "not_cleared");
}

/// How long this request's first token would take on our own machines, by those that are busy
/// with others now (the candidates of the last placement).
std::uint64_t Coordinator::State::local_wait_ms(const Request& r) const {
  std::uint64_t slots = 0;
  for (const auto& seen : placer.seen())
    if (const auto& row = fleet.row(seen.row); row.tier != Tier::l2 && seen.filter == Filter::busy)
      slots += row.slots_total;
  auto ahead = queue.waiting_for(r.spec.model);
  if (ahead > 0 && queue.contains(r.spec.id)) --ahead;
  const auto waited =
      r.waited_ms + static_cast<std::uint64_t>(millis_between(r.waiting_since, now));
  return waited +
         static_cast<std::uint64_t>(static_cast<double>(ahead + 1) * service_ms /
                                    static_cast<double>(std::max<std::uint64_t>(1, slots)));
}

std::uint32_t Coordinator::State::ttft_target_ms(const Request& r) const {
  const auto asked = r.spec.deadline.count();
  const std::int64_t target = policy.slo.ttft_ms;
  return static_cast<std::uint32_t>(asked > 0 ? std::min(asked, target) : target);
}

/// Whether a request that our own machines could serve leaves all the same, and why; "" where not.
/// `placed` is what came of the placement that did not let it.
std::string_view Coordinator::State::spills(const Request& r, const Placed& placed) {
  if (placed.survey.count(Filter::local_first) == 0 || r.committed) return "";
  const auto target = ttft_target_ms(r);
  if (placed.choice) return placed.choice->appraisal.ttft_ms > target ? "slow" : "";
  std::string_view why;
  if (r.number == 0 && queue.size() >= policy.queue.waiting_max && !queue.contains(r.spec.id))
    why = "queue_full";
  else if (spill.on())
    why = "saturated";
  else if (local_wait_ms(r) > target)
    why = "late";
  if (!why.empty() && spill.press(now)) effects.push_back(SpillChanged{true});
  return why;
}

/// Binds an attempt in the cloud to its proxy, and reserves what it may cost.
CloudTarget Coordinator::State::target(const Job& job, const Choice& choice, AttemptId attempt) {
  const auto& row = fleet.row(choice.row);
  CloudTarget bound{row.agent->incarnation, {}, {}, policy_version};
  for (const auto& offer : fleet.offers_of(choice.row)) {
    if (offer.model != choice.model) continue;
    bound.in_per_mtok = offer.in_per_mtok;
    bound.out_per_mtok = offer.out_per_mtok;
    budget.reserve(attempt, {row.agent->serial, cost_cap_of(job, offer), offer.in_per_mtok,
                             offer.out_per_mtok});
  }
  return bound;
}

/// An attempt is over: what it cost, or what it spared.
void Coordinator::State::settle(const Finish& finish, Tier tier) {
  if (tier == Tier::l2) {
    if (free_of_charge(finish)) return budget.cancel(finish.attempt);
    if (const auto cost = budget.settle(finish.attempt, finish.usage, now))
      effects.push_back(Settled{tier, *cost, {}});
    return;
  }
  const auto saved = cost_of(finish.usage, cheapest_in, cheapest_out);
  if (saved.count() > 0) effects.push_back(Settled{tier, {}, saved});
}

/// An attempt that nobody ended and that no agent holds any more counts at its cap.
void Coordinator::State::settle_abandoned() {
  std::vector<AttemptId> gone;
  for (const auto& [attempt, reservation] : budget.reserved()) {
    const auto* agent = fleet.find_serial(reservation.agent_serial);
    if (agent == nullptr || !agent->attempts.contains(attempt)) gone.push_back(attempt);
  }
  for (const auto attempt : gone)
    if (const auto cost = budget.settle(attempt, std::nullopt, now))
      effects.push_back(Settled{Tier::l2, *cost, {}});
}

/// The price that local work is compared with: the cheapest that any cloud engine asks.
void Coordinator::State::learn_prices() {
  cheapest_in = cheapest_out = {};
  for (const auto& [name, agent] : fleet.by_name())
    for (const auto index : agent->rows)
      for (const auto& offer : fleet.offers_of(index)) {
        const auto sum = offer.in_per_mtok + offer.out_per_mtok;
        const auto best = cheapest_in + cheapest_out;
        if (agent->tier != Tier::l2 || sum.count() == 0) continue;
        if (best.count() != 0 && best <= sum) continue;
        cheapest_in = offer.in_per_mtok;
        cheapest_out = offer.out_per_mtok;
      }
}

void Coordinator::State::look_at_spill() {
  settle_abandoned();
  if (spill.look(now)) effects.push_back(SpillChanged{false});
}

}  // namespace weir::domain
