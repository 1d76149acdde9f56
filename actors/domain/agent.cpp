#include "actors/domain/agent.hpp"

#include "actors/domain/clearance.hpp"
#include "actors/domain/inventory.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>

namespace weir::domain {
namespace {

/// Rates of one engine, learned from finished jobs: an exponentially weighted mean whose samples
/// are first clamped to a factor of four around it, so that one odd job moves it little.
struct Rate {
  double per_s = 0;
  void learn(double sample) {
    if (sample <= 0) return;
    if (per_s == 0) {
      per_s = sample;
      return;
    }
    per_s += 0.2 * (std::clamp(sample, per_s / 4, per_s * 4) - per_s);
  }
  std::uint32_t value() const { return static_cast<std::uint32_t>(std::min(per_s, 4e9)); }
};

struct EngineRow {
  EngineSnapshot seen;
  std::uint32_t jobs = 0;
  /// Fewest and most own jobs since the observation before the last one. The engine's own count
  /// is older than ours: between the two lies what it may have seen.
  std::uint32_t jobs_most = 0;
  std::uint32_t foreign = 0;
  Rate prefill, decode;

  /// Own jobs that ended or began since the last look may or may not be in the engine's figure;
  /// only what exceeds the most that could be ours is somebody else's.
  void observe(EngineSnapshot snapshot) {
    seen = std::move(snapshot);
    foreign = seen.counts_running && seen.running > jobs_most ? seen.running - jobs_most : 0;
    jobs_most = jobs;
  }
  void began() {
    ++jobs;
    jobs_most = std::max(jobs_most, jobs);
  }
  void ended() {
    WEIR_ASSERT(jobs > 0);
    --jobs;
  }

  EngineLoad load() const {
    EngineLoad l;
    l.engine = seen.engine;
    l.state = seen.state;
    l.slots_total = seen.slots_total;
    l.slots_used = jobs;
    l.slots_foreign = foreign;
    l.engine_waiting = seen.waiting;
    l.kv_used_permille = seen.kv_used_permille;
    l.prefill_tokens_per_s = prefill.value();
    l.decode_tokens_per_s = decode.value();
    return l;
  }
};

struct Job {
  LinkId link;
  std::uint32_t engine = 0;
  std::string coordinator;  ///< its name
  bool stopping = false;
  std::optional<TimePoint> orphan_since;  ///< its link is gone
};

/// Coordinators we have a link to.
struct Linked {
  LinkId link;
  std::uint64_t incarnation = 0;
  std::string name;
};

/// In an order of its own: engines list the same models now so, now so.
void sort(std::vector<ModelInfo>& models) {
  const auto key = [](const ModelInfo& m) {
    return std::tie(m.id, m.context_tokens, m.features, m.loaded, m.capability);
  };
  std::sort(models.begin(), models.end(),
            [&](const ModelInfo& a, const ModelInfo& b) { return key(a) < key(b); });
}

/// Of sorted lists.
bool same_models(const std::vector<ModelInfo>& a, const std::vector<ModelInfo>& b) {
  const auto same = [](const ModelInfo& x, const ModelInfo& y) {
    return x.id == y.id && x.context_tokens == y.context_tokens && x.features == y.features &&
           x.loaded == y.loaded && x.capability == y.capability;
  };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same);
}

/// Whether two loads differ in what a coordinator plans with.
bool same_load(const EngineLoad& a, const EngineLoad& b) {
  return a.engine == b.engine && a.state == b.state && a.slots_total == b.slots_total &&
         a.slots_used == b.slots_used && a.slots_foreign == b.slots_foreign &&
         a.engine_waiting == b.engine_waiting;
}

}  // namespace

struct Agent::State {
  explicit State(AgentPolicy p) : policy{std::move(p)} {}

  AgentPolicy policy;
  std::map<std::uint32_t, EngineRow> engines;
  std::unordered_map<AttemptId, Job> jobs;
  std::vector<Linked> links;
  HostFacts host;
  HostLoad load;
  std::uint64_t revision = 0;
  bool inventory_due = false;  ///< it changed since it was told
  TimePoint inventory_at{};    ///< when it was told to all
  InventoryCut cut;            ///< what the last one left out
  std::uint64_t report_number = 0;
  std::vector<EngineLoad> published;  ///< what the last report said
  bool published_draining = false;
  bool published_owner = false;
  TimePoint published_at{};
  bool draining = false;
  bool owner_present = false;
  std::optional<TimePoint> hand_back_at;  ///< set while the owner is here
  bool stopping = false;
  bool drained_said = false;
  std::vector<WorkerEffect> effects;

  /// Not inlined: g++ 12 would warn of effects that no variant holds.
  [[gnu::noinline]] void emit(WorkerEffect effect) { effects.push_back(std::move(effect)); }
  void say(LinkId link, Message message) { emit(Say{link, std::move(message)}); }

  std::vector<EngineLoad> loads() const {
    std::vector<EngineLoad> all;
    for (const auto& [number, row] : engines) all.push_back(row.load());
    return all;
  }

  Inventory inventory() {
    Inventory i;
    i.revision = revision;
    i.host = host;
    i.accept = policy.accept;
    for (const auto& [number, row] : engines)
      i.engines.push_back(
          {number, row.seen.kind, row.seen.cloud, row.seen.models, row.seen.region});
    const auto left_out = cut_to(inventory_bytes_max, i);
    if (left_out != cut) emit(cut = left_out);
    return i;
  }

  CapacityReport report() {
    CapacityReport r;
    r.number = ++report_number;
    r.draining = draining || stopping;
    r.owner_present = owner_present;
    r.cpu_used_permille = load.cpu_used_permille;
    r.memory_free_bytes = load.memory_free_bytes;
    r.gpu_used_permille = load.gpu_used_permille;
    r.engines = loads();
    return r;
  }

  void inventory_changed() {
    ++revision;
    inventory_due = true;
  }

  /// At most once a gap: an engine whose list flickers would keep every coordinator busy.
  void tell_inventory_if_due(TimePoint now) {
    if (!inventory_due || now < inventory_at + policy.report_gap) return;
    inventory_due = false;
    inventory_at = now;
    const auto i = inventory();
    for (const auto& to : links) say(to.link, i);
  }

  void publish(TimePoint now) {
    const auto r = report();
    published = r.engines;
    published_draining = r.draining;
    published_owner = r.owner_present;
    published_at = now;
    for (const auto& to : links) say(to.link, r);
  }

  /// Publishes what changed, at most once a gap; the heartbeat carries what merely drifts.
  void publish_if_due(TimePoint now) {
    const auto current = loads();
    const bool changed =
        published_draining != (draining || stopping) || published_owner != owner_present ||
        !std::equal(current.begin(), current.end(), published.begin(), published.end(), same_load);
    const auto due = published_at + (changed ? policy.report_gap : policy.heartbeat);
    if (now >= due) publish(now);
  }

  std::string name_behind(LinkId link) const {
    for (const auto& to : links)
      if (to.link == link) return to.name;
    return {};
  }

  bool speaks_for_itself(LinkId link, const AttemptId& attempt) const {
    return std::any_of(links.begin(), links.end(), [&](const Linked& to) {
      return to.link == link && to.incarnation == attempt.incarnation;
    });
  }

  std::optional<RefusalReason> refusal(LinkId link, const Dispatch& d) const {
    // Its body's frames name no incarnation but the link's: they would belong to no job.
    if (!speaks_for_itself(link, d.attempt)) return RefusalReason::not_accepted;
    if (draining || stopping) return RefusalReason::draining;
    if (owner_present) return RefusalReason::owner_present;
    if (jobs.count(d.attempt) != 0) return RefusalReason::duplicate;
    const auto row = engines.find(d.engine);
    if (row == engines.end()) return RefusalReason::unknown_engine;
    if (policy.tier == Tier::l2)
      if (const auto reason = cloud_refusal(d)) return reason;
    if (!policy.accept.accepts(d.grade, d.tenant)) return RefusalReason::not_accepted;
    if (row->second.seen.state != EngineState::up) return RefusalReason::engine_down;
    if (row->second.load().slots_free() == 0) return RefusalReason::no_free_slot;
    return std::nullopt;
  }

  void on(TimePoint, LinkId link, const Dispatch& d) {
    const auto reason = refusal(link, d);
    const auto row = engines.find(d.engine);
    if (reason) {
      Refuse refuse{d.attempt, *reason, std::nullopt};
      if (row != engines.end()) refuse.view = row->second.load();
      return say(link, refuse);
    }
    row->second.began();
    jobs.emplace(d.attempt, Job{link, d.engine, name_behind(link), false, std::nullopt});
    emit(AcceptJob{link, d});
  }

  void stop(const AttemptId& attempt, Job& job, CancelReason reason) {
    if (std::exchange(job.stopping, true)) return;
    emit(StopJob{attempt, reason});
  }

  /// Only the coordinator whose job it is may end it: another one does not know it.
  void on(TimePoint, LinkId link, const Cancel& c) {
    const auto job = jobs.find(c.attempt);
    if (job != jobs.end() && speaks_for_itself(link, c.attempt))
      stop(c.attempt, job->second, c.reason);
  }

  /// Its coordinator has it again.
  void on(TimePoint, LinkId link, const Resume& r) {
    const auto job = jobs.find(r.attempt);
    if (job == jobs.end() || !speaks_for_itself(link, r.attempt)) return;
    job->second.link = link;
    job->second.orphan_since.reset();
  }

  void on(TimePoint, LinkId, const Drain& d) { draining = d.on; }

  /// Every slot is open while there is one coordinator: no auction runs, and what belongs to one
  /// is of no effect here, as is anything that only agents say.
  template <class Other>
  void on(TimePoint, LinkId, const Other&) {}

  void on(TimePoint, const CoordinatorUp& e) {
    links.push_back({e.link, e.incarnation, e.name});
    // A coordinator that started anew knows nothing of its former life's jobs. While the link to
    // that life is up, this is another one of the same name.
    for (auto& [attempt, job] : jobs)
      if (job.orphan_since && job.coordinator == e.name && attempt.incarnation != e.incarnation)
        stop(attempt, job, CancelReason::unknown_attempt);
    say(e.link, inventory());
    say(e.link, report());
  }

  void on(TimePoint now, const CoordinatorDown& e) {
    std::erase_if(links, [&](const Linked& to) { return to.link == e.link; });
    for (auto& [attempt, job] : jobs)
      if (job.link == e.link) job.orphan_since = now;
  }

  void stop_orphans(TimePoint now) {
    for (auto& [attempt, job] : jobs)
      if (job.orphan_since && now - *job.orphan_since >= policy.orphan_max)
        stop(attempt, job, CancelReason::unknown_attempt);
  }

  /// Its owner gets the machine: whatever still runs after the grace is for other machines.
  void hand_back_if_due(TimePoint now) {
    if (!hand_back_at || now < *hand_back_at) return;
    for (auto& [attempt, job] : jobs) stop(attempt, job, CancelReason::owner_back);
  }

  void on(TimePoint now, const CoordinatorSaid& e) {
    std::visit([&](const auto& message) { on(now, e.link, message); }, e.message);
  }

  void on(TimePoint, const JobEnded& e) {
    const auto job = jobs.find(e.attempt);
    if (job == jobs.end()) return;
    auto& row = engines.at(job->second.engine);
    row.ended();
    if (!e.failed && !job->second.stopping) learn(row, e);
    jobs.erase(job);
  }

  static void learn(EngineRow& row, const JobEnded& e) {
    const auto first = static_cast<double>(e.timings.first_byte_ms) / 1000;
    const auto rest = static_cast<double>(e.timings.total_ms) / 1000 - first;
    if (first > 0) row.prefill.learn(static_cast<double>(e.usage.prompt.count()) / first);
    if (rest > 0 && e.usage.completion.count() > 1)
      row.decode.learn(static_cast<double>(e.usage.completion.count() - 1) / rest);
  }

  void on(TimePoint, const EngineObserved& e) {
    auto snapshot = e.snapshot;
    sort(snapshot.models);
    auto [row, added] = engines.try_emplace(snapshot.engine);
    const auto& seen = row->second.seen;
    const bool changed = added || seen.kind != snapshot.kind || seen.cloud != snapshot.cloud ||
                         !same_models(seen.models, snapshot.models);
    row->second.observe(std::move(snapshot));
    if (changed) inventory_changed();
  }

  void on(TimePoint, const HostFactsObserved& e) {
    host = e.facts;
    inventory_changed();
  }

  void on(TimePoint, const HostLoadObserved& e) { load = e.load; }
  void on(TimePoint now, const OwnerObserved& e) {
    if (std::exchange(owner_present, e.present) == e.present) return;
    hand_back_at = e.present ? std::optional{now + policy.owner_grace} : std::nullopt;
    hand_back_if_due(now);
  }
  void on(TimePoint, const WorkerStop&) { stopping = true; }
  void on(TimePoint now, const WorkerTick&) {
    stop_orphans(now);
    hand_back_if_due(now);
  }
};

Agent::Agent(AgentPolicy policy) : state_{std::make_unique<State>(std::move(policy))} {}
Agent::~Agent() = default;

std::vector<WorkerEffect> Agent::decide(TimePoint now, const WorkerEvent& event) {
  State& s = *state_;
  std::visit([&](const auto& e) { s.on(now, e); }, event);
  s.tell_inventory_if_due(now);
  s.publish_if_due(now);
  if (s.stopping && s.jobs.empty() && !std::exchange(s.drained_said, true)) s.emit(Drained{});
  return std::exchange(s.effects, {});
}

}  // namespace weir::domain
