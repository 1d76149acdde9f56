#include "actors/domain/coordinator_state.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace weir::domain {

namespace {

constexpr std::uint64_t tokens_max = 1ULL << 32U;

std::uint64_t bounded(Tokens tokens) {
  return std::min(tokens_max,
                  static_cast<std::uint64_t>(std::max<std::int64_t>(0, tokens.count())));
}

std::uint32_t to_u32(std::int64_t ms) {
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(ms, 0, UINT32_MAX));
}

/// Answers whose length is not stated are given time for this many tokens.
constexpr std::int64_t tokens_unstated = 2'048;
/// Whatever was asked for, nobody waits longer for a whole answer.
constexpr std::int64_t whole_answer_ms_max = 600'000;

/// How long the engine may take for a whole answer beyond the time for its first token: twice
/// the target per token, or twice what the engine was measured at.
std::int64_t whole_answer_ms(const Request& r, const EngineRow& row, const SloTargets& slo) {
  const auto stated = static_cast<std::int64_t>(bounded(r.spec.output_tokens_max));
  const auto tokens = stated > 0 ? stated : tokens_unstated;
  const std::int64_t measured = row.decode_per_s > 0 ? 1'000 / row.decode_per_s + 1 : 0;
  const auto per_token = 2 * std::max<std::int64_t>({1, slo.tpot_ms, measured});
  return std::min(whole_answer_ms_max, tokens * per_token);
}

QueueKey key_of(const Request& r) {
  QueueKey key;
  key.priority = r.spec.priority;
  key.tenant = r.spec.tenant;
  key.model = r.spec.model;
  key.grade = r.graded.grade;
  key.needs = r.spec.needs;
  const auto tokens = bounded(r.spec.prompt_tokens_estimate) + bounded(r.spec.output_tokens_max);
  key.length_class = static_cast<std::uint8_t>(std::bit_width(tokens));
  if (!r.excluded.empty()) key.alone = r.spec.id;
  return key;
}

bool worth_explaining(Code code) {
  return code == Code::no_capacity || code == Code::grade_forbids_cloud ||
         code == Code::context_length_exceeded || code == Code::not_supported ||
         code == Code::deadline_exceeded || code == Code::model_not_found;
}

}  // namespace

Job Coordinator::State::job_of(Request& r) const {
  if (r.query.kind == ModelQuery::Kind::unknown) r.query = catalog.query(r.spec.model);
  Job job;
  job.grade = r.graded.grade;
  job.tenant = r.spec.tenant;
  job.needs = r.spec.needs;
  job.prompt_tokens = bounded(r.spec.prompt_tokens_estimate);
  job.query = r.query;
  job.excluded = r.excluded;
  return job;
}

Request* Coordinator::State::find(RequestId id) {
  const auto it = requests.find(id);
  return it == requests.end() ? nullptr : &it->second;
}

Request* Coordinator::State::current(AttemptId attempt) {
  auto* r = find(attempt.request);
  return r != nullptr && r->running && r->running->attempt == attempt ? r : nullptr;
}

void Coordinator::State::place(Request& r) {
  const auto job = job_of(r);
  const bool late = now >= r.deadline;
  const auto placed = placer.place(job, fleet, placing, random);
  if (placed.choice) {
    // A stream's first token is late already; that of a whole answer may have been in time.
    if (late && r.spec.stream) return fail(r, Code::deadline_exceeded);
    return dispatch(r, job, *placed.choice);
  }
  const auto verdict = judge(placed.survey, {r.query.kind != ModelQuery::Kind::unknown,
                                             fleet.somebody_serves(), r.failures > 0});
  switch (verdict.kind) {
    case Verdict::Kind::fail:
      return fail(r, verdict.code);
    case Verdict::Kind::wait:
      return late ? fail(r, Code::deadline_exceeded) : wait(r, false);
    case Verdict::Kind::hopeless: {
      const bool given_up = r.hopeless_since && now - *r.hopeless_since >= policy.no_capacity_after;
      return late || given_up ? fail(r, verdict.code) : wait(r, true);
    }
  }
}

void Coordinator::State::wait(Request& r, bool hopeless) {
  if (!queue.contains(r.spec.id)) {
    // Those who were admitted before keep their place, however full it is by now.
    if (r.number == 0 && queue.size() >= policy.queue.waiting_max) return fail(r, Code::queue_full);
    queue.add(r.spec.id, key_of(r), r.arrival, r.waiting_since);
    r.story.state = "waiting";
  }
  r.refusals = 0;
  if (!hopeless) r.hopeless_since.reset();
  if (hopeless && !r.hopeless_since) r.hopeless_since = now;
  set_wake(r, r.hopeless_since ? std::min(r.deadline, *r.hopeless_since + policy.no_capacity_after)
                               : r.deadline);
}

void Coordinator::State::dispatch(Request& r, const Job& job, const Choice& choice) {
  if (r.number == UINT8_MAX)
    return fail(r, r.failures > 0 ? Code::upstream_failed : Code::no_capacity);
  const auto& row = fleet.row(choice.row);
  auto& agent = *row.agent;
  if (queue.contains(r.spec.id)) {
    queue.served(r.spec.priority, r.spec.tenant);
    queue.remove(r.spec.id);
  }
  r.hopeless_since.reset();
  r.waited_ms += to_u32(millis_between(r.waiting_since, now));
  ++r.number;
  ++r.tries;
  auto first_byte = std::max<std::int64_t>(1, millis_between(now, r.deadline));
  // A whole answer shows its first byte only when its last token is there.
  if (!r.spec.stream) first_byte += whole_answer_ms(r, row, policy.slo);

  Dispatch d;
  d.attempt = {incarnation, r.spec.id, r.number};
  d.engine = row.number;
  d.endpoint = r.spec.endpoint;
  d.model = catalog.name(choice.model);
  d.stream = r.spec.stream;
  d.grade = r.graded.grade;
  d.priority = r.spec.priority;
  d.tenant = r.spec.tenant;
  d.body_bytes = r.spec.body_bytes;
  d.first_byte_ms = to_u32(first_byte);
  d.stall_ms = policy.stall_ms;
  Placement shown{agent.name, agent.tier,  r.graded.grade,      d.model,
                  r.number,   r.waited_ms, std::string{r.again}};

  if (r.story.attempts.size() < Story::attempts_max) {
    auto log = log_attempt(job, fleet, placing, placer.seen(), choice);
    log.number = r.number;
    log.queue_ms = r.waited_ms;
    r.story.attempts.push_back(std::move(log));
  }
  r.story.state = "running";
  fleet.hold(agent, d.attempt, d.engine);
  r.running = Running{d.attempt, agent.link, d.engine, now + Millis{first_byte}};
  ++running;
  set_wake(r, r.running->due);
  effects.push_back(SendDispatch{agent.link, std::move(d), std::move(shown)});
}

void Coordinator::State::place_again(Request& r, std::string_view why) {
  WEIR_ASSERT(!r.running);
  r.again = why;
  r.waiting_since = now;
  if (r.tries >= policy.attempts_max) return fail(r, Code::upstream_failed);
  place(r);
}

void Coordinator::State::cancel_attempt(Request& r, CancelReason reason, std::string_view outcome) {
  WEIR_ASSERT(r.running);
  const auto was = *r.running;
  r.running.reset();
  --running;
  if (auto* log = r.story.attempt(was.attempt.number)) log->outcome = outcome;
  auto* agent = fleet.find(was.link);
  WEIR_ASSERT(agent != nullptr);
  const auto held = agent->attempts.find(was.attempt);
  WEIR_ASSERT(held != agent->attempts.end());
  held->second.cancelled = true;
  cancelled.push_back({now + cancel_grace, was.link, was.attempt});
  effects.push_back(SendCancel{was.link, Cancel{was.attempt, reason}});
}

void Coordinator::State::fail(Request& r, Code code) { fail(r, code, detail_of(code)); }

void Coordinator::State::fail(Request& r, Code code, std::string detail) {
  WEIR_ASSERT(!r.running);
  FailRequest effect{r.spec.id, Error{code, std::move(detail)}, r.graded.grade, r.number, {}};
  if (code == Code::queue_full) effect.retry_after = retry_after_full();
  if (code == Code::no_capacity || code == Code::grade_forbids_cloud)
    effect.retry_after = std::max(Millis{1'000}, policy.no_capacity_after);
  if (r.number == 0 && worth_explaining(code)) {
    const auto job = job_of(r);
    (void)placer.place(job, fleet, placing, random);
    r.story.attempts.push_back(log_unplaced(job, fleet, placing, placer.seen()));
  }
  effects.push_back(std::move(effect));
  end(r, "failed", name_of(code));
}

void Coordinator::State::complete(Request& r) {
  effects.push_back(CompleteRequest{r.spec.id});
  end(r, "done", "");
}

void Coordinator::State::end(Request& r, std::string_view state, std::string_view error) {
  WEIR_ASSERT(!r.running);
  const auto id = r.spec.id;
  set_wake(r, std::nullopt);
  queue.remove(id);
  public_ids.erase(r.spec.public_id);
  r.story.state = state;
  r.story.error = error;
  effects.push_back(Record{journal.explain(r.story)});
  journal.keep(std::move(r.story));
  requests.erase(id);
}

void Coordinator::State::set_wake(Request& r, std::optional<TimePoint> wake) {
  if (r.wake) timers.erase({*r.wake, r.spec.id});
  r.wake = wake;
  if (wake) timers.insert({*wake, r.spec.id});
}

void Coordinator::State::wake(Request& r) {
  set_wake(r, std::nullopt);
  if (r.running) {
    WEIR_ASSERT(!r.committed);
    cancel_attempt(r, CancelReason::deadline, "no first byte before the deadline");
    return fail(r, Code::deadline_exceeded);
  }
  if (!r.hopeless_since) return fail(r, Code::deadline_exceeded);
  place(r);
}

void Coordinator::State::fill(Agent& agent) {
  for (const auto index : agent.rows)
    while (!queue.empty() && fleet.row(index).free() > 0) {
      const auto next = queue.next(
          [&](RequestId id) { return can_take(job_of(*find(id)), fleet, index, placing); });
      if (!next) break;
      place(*find(*next));
      if (queue.contains(*next)) break;
    }
}

void Coordinator::State::regrade(Request& r) {
  const auto graded = grading.grade(r.spec);
  if (strictest(graded.grade, r.graded.grade) == r.graded.grade) return;
  r.graded = graded;
  r.story.grade = graded.grade;
  r.story.grade_why = graded.why;
  queue.remove(r.spec.id);
  queue.add(r.spec.id, key_of(r), r.arrival, r.waiting_since);
}

void Coordinator::State::recheck_waiting() {
  if (std::exchange(losses_seen, fleet.losses()) == fleet.losses()) return;
  for (const auto id : queue.all()) {
    auto& r = *find(id);
    if (!r.hopeless_since && !serviceable(job_of(r), fleet, placing)) wait(r, true);
  }
}

Millis Coordinator::State::retry_after_full() const {
  const auto slots = static_cast<double>(std::max<std::uint64_t>(1, fleet.slots_total()));
  const auto ms = static_cast<double>(queue.size()) * service_ms / slots;
  return Millis{static_cast<std::int64_t>(std::clamp(ms, 1'000.0, 60'000.0))};
}

}  // namespace weir::domain
