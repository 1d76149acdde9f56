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
  key.kinds = r.kinds;
  const auto tokens = bounded(r.spec.prompt_tokens_estimate) + bounded(r.spec.output_tokens_max);
  key.length_class = static_cast<std::uint8_t>(std::bit_width(tokens));
  if (!r.excluded.empty()) key.alone = r.spec.id;
  return key;
}

/// Whether it never ran anywhere: only dialects that cannot say it were tried.
bool fresh(const Request& r) {
  return r.number == 0 || (r.unsayable && r.tries == 0 && r.refusals == 0);
}

/// Whether anything that makes it P1 was found. What is P1 for other reasons, a label's say, has
/// nothing that could be replaced.
bool replaceable(const Detected& found, const PerKind<Grade>& grades) {
  for (std::size_t i = 0; i < found.counts.size(); ++i)
    if (found.counts[i] > 0 && grades[i] == Grade::p1) return true;
  return false;
}

bool worth_explaining(Code code) {
  return code == Code::no_capacity || code == Code::grade_forbids_cloud ||
         code == Code::context_length_exceeded || code == Code::not_supported ||
         code == Code::deadline_exceeded || code == Code::model_not_found ||
         code == Code::budget_exhausted || code == Code::forbidden;
}

}  // namespace

/// One that waits keeps its place, among those of its new grade.
void Coordinator::State::set_grade(Request& r, const Graded& graded) {
  r.graded = graded;
  r.gate = gate_of(r.spec, graded.grade);
  r.story.grade = graded.grade;
  r.story.grade_why = graded.why;
  if (queue.remove(r.spec.id)) queue.add(r.spec.id, key_of(r), r.arrival, r.waiting_since);
}

std::shared_ptr<const PolicyGate> Coordinator::State::gate_of(const RequestSpec& spec,
                                                              Grade grade) const {
  if (!own_rules) return nullptr;
  return std::make_shared<const PolicyGate>(policy.policy.rules,
                                            PolicySubject{grade, spec.tenant, spec.needs});
}

Job Coordinator::State::job_of(Request& r) const {
  if (r.query.kind == ModelQuery::Kind::unknown && !r.committed)
    r.query = catalog.query(r.spec.model);
  r.query.wants = r.spec.needs & (feature::embeddings | feature::rerank);
  Job job;
  job.grade = r.graded.grade;
  job.tenant = r.spec.tenant;
  job.needs = r.spec.needs;
  job.prompt_tokens = bounded(r.spec.prompt_tokens_estimate);
  job.query = r.query;
  job.excluded = r.excluded;
  job.endpoint = r.spec.endpoint;
  job.body_bytes = r.spec.body_bytes;
  job.one_text = r.spec.one_text;
  job.kinds = r.kinds;
  job.output_tokens_max = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(UINT32_MAX, bounded(r.spec.output_tokens_max)));
  job.kept_here = r.kept_here.has_value();
  job.spill = !r.spilled.empty();
  job.redactable = r.graded.grade == Grade::p1 && policy.policy.redact_p1 &&
                   replaceable(r.spec.found, policy.policy.detector.grades);
  job.gate = r.gate.get();
  job.budget = budget.left(now);
  return job;
}

Request* Coordinator::State::find(RequestId id) {
  const auto it = requests.find(id);
  return it == requests.end() ? nullptr : &it->second;
}

void Coordinator::State::place(Request& r) {
  if (!r.spec.session.empty()) regrade(r);  // its session may have become stricter while it waited
  auto job = job_of(r);
  const bool late = now >= r.deadline;
  auto placed = placer.place(job, fleet, placing, random);
  if (const auto why = spills(r, placed); !why.empty()) {
    r.spilled = why;
    job.spill = true;
    placed = placer.place(job, fleet, placing, random);
  }
  if (placed.choice) {
    // A stream's first token is late already; that of a whole answer may have been in time.
    if (late && r.spec.stream) return fail(r, Code::deadline_exceeded);
    return dispatch(r, job, *placed.choice);
  }
  const auto verdict = judge(placed.survey, {r.query.kind != ModelQuery::Kind::unknown,
                                             fleet.somebody_serves(), r.failures > 0});
  const auto refuse = [&] {
    if (verdict.code == Code::not_supported && r.unsayable)
      return fail(r, r.unsayable->code, r.unsayable->detail);
    // Where only the cloud was left and the guard kept it here, its word says why.
    const bool kept = r.kept_here && placed.survey.count(Filter::kept_here) > 0;
    return kept ? fail(r, r.kept_here->code, r.kept_here->detail) : fail(r, verdict.code);
  };
  switch (verdict.kind) {
    case Verdict::Kind::fail:
      return refuse();
    case Verdict::Kind::wait:
      if (late) return fail(r, Code::deadline_exceeded);
      return wait(r, false, placed.survey.count(Filter::local_first) > 0);
    case Verdict::Kind::hopeless: {
      const bool given_up = r.hopeless_since && now - *r.hopeless_since >= policy.no_capacity_after;
      return late || given_up ? refuse() : wait(r, true);
    }
  }
}

void Coordinator::State::wait(Request& r, bool hopeless, bool may_spill) {
  if (!queue.contains(r.spec.id)) {
    // Those who were admitted before keep their place, however full it is by now.
    if (fresh(r) && queue.size() >= policy.queue.waiting_max) return fail(r, Code::queue_full);
    queue.add(r.spec.id, key_of(r), r.arrival, r.waiting_since);
    r.story.state = "waiting";
  }
  r.refusals = 0;
  if (!hopeless) r.hopeless_since.reset();
  if (hopeless && !r.hopeless_since) r.hopeless_since = now;
  auto next = r.hopeless_since ? std::min(r.deadline, *r.hopeless_since + policy.no_capacity_after)
                               : r.deadline;
  // Once it has waited for as long as its first token may take, the cloud may have it.
  if (may_spill)
    next = std::min(next, std::max(now, r.waiting_since + Millis{ttft_target_ms(r)}) + Millis{1});
  set_wake(r, next);
}

Dispatch Coordinator::State::order(const Request& r, const Choice& choice,
                                   std::int64_t first_byte_ms) const {
  const auto& row = fleet.row(choice.row);
  Dispatch d;
  d.attempt = {incarnation, r.spec.id, r.number};
  d.engine = row.number;
  d.endpoint = r.spec.endpoint;  // the edge that translates the body says what becomes of it
  d.model = catalog.name(choice.model);
  d.stream = r.spec.stream;
  d.grade = r.graded.grade;
  d.priority = r.spec.priority;
  d.tenant = r.spec.tenant;
  d.body_bytes = r.spec.body_bytes;
  d.first_byte_ms = to_u32(first_byte_ms);
  d.stall_ms = policy.stall_ms;
  return d;
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

  auto d = order(r, choice, first_byte);
  Placement shown;
  shown.node = agent.name;
  shown.tier = agent.tier;
  shown.grade = d.grade;
  shown.model = d.model;
  shown.attempt = r.number;
  shown.queue_ms = r.waited_ms;
  shown.redispatch_reason = r.again;
  shown.continues = r.committed;
  shown.kind = row.kind;
  shown.features = choice.features;
  std::optional<CloudTarget> cloud;
  if (agent.tier == Tier::l2) {
    cloud = target(job, choice, d.attempt);
    shown.spilled = r.spilled.empty() ? "only_cloud" : r.spilled;
  }
  r.served_model = d.model;

  if (r.story.attempts.size() < Story::attempts_max) {
    auto log = log_attempt(job, fleet, placing, placer.seen(), choice);
    log.number = r.number;
    log.queue_ms = r.waited_ms;
    r.story.attempts.push_back(std::move(log));
  }
  r.story.state = "running";
  fleet.hold(agent, d.attempt, d.engine);
  r.running =
      Running{d.attempt, agent.serial, d.engine, now, now + Millis{first_byte}, false, row.kind};
  ++running;
  set_wake(r, r.running->due);
  effects.push_back(SendDispatch{agent.link, std::move(d), std::move(shown), cloud});
}

bool Coordinator::State::may_continue(const Request& r) const {
  return r.spec.continuable && !r.served_model.empty();
}

void Coordinator::State::place_again(Request& r, std::string_view why, std::string detail) {
  WEIR_ASSERT(!r.running);
  regrade(r);
  r.again = why;
  r.waiting_since = now;
  const bool over = r.tries >= policy.attempts_max || (r.committed && !may_continue(r));
  if (over && r.committed && !detail.empty())
    return fail(r, Code::upstream_failed, std::move(detail) + " in the middle of the answer");
  if (over) return fail(r, Code::upstream_failed);
  // The rest of a begun answer is due within the time of a stall, whatever the first token's was.
  if (r.committed) {
    r.deadline = now + Millis{policy.stall_ms};
    r.query = catalog.exact(r.served_model);
    r.spec.needs |= feature::continues;
  }
  place(r);
}

void Coordinator::State::cancel_attempt(Request& r, CancelReason reason, std::string_view outcome) {
  WEIR_ASSERT(r.running);
  const auto was = *r.running;
  r.running.reset();
  --running;
  if (auto* log = r.story.attempt(was.attempt.number)) log->outcome = outcome;
  auto* agent = fleet.find_serial(was.agent_serial);
  WEIR_ASSERT(agent != nullptr);
  const auto held = agent->attempts.find(was.attempt);
  WEIR_ASSERT(held != agent->attempts.end());
  held->second.cancelled = true;
  cancelled.push_back({now + cancel_grace, was.agent_serial, was.attempt});
  // An agent without a link hears of it when it is back (resume).
  if (!agent->absent_since) effects.push_back(SendCancel{agent->link, Cancel{was.attempt, reason}});
}

void Coordinator::State::fail(Request& r, Code code) {
  // Whatever kept a begun answer from going on: its client sees it broken.
  if (r.committed) return fail(r, Code::upstream_failed, "the answer broke off");
  fail(r, code, detail_of(code));
}

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
    WEIR_ASSERT(!r.running->begun);
    auto* agent = fleet.find_serial(r.running->agent_serial);
    if (agent != nullptr && now - r.running->since >= silent_engine_min)
      fleet.failed(*agent, r.running->engine, now);
    cancel_attempt(r, CancelReason::deadline, "no first byte before the deadline");
    return fail(r, Code::deadline_exceeded);
  }
  if (!r.hopeless_since && now >= r.deadline) return fail(r, Code::deadline_exceeded);
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

void Coordinator::State::tighten(Request& r, Grade grade, std::string_view why) {
  const auto tightened = grading.tighten(r.spec, strictest(r.graded.grade, grade));
  if (tightened != r.graded.grade) set_grade(r, {tightened, why});
}

void Coordinator::State::regrade(Request& r) {
  const auto graded = tightened(r.graded, grading.grade(r.spec));
  if (graded.grade != r.graded.grade) set_grade(r, graded);
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
