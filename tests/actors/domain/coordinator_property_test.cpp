// Random events over a small simulated fleet: whatever happens, and in whatever order, each
// request ends exactly once, nothing stays behind, and no P0 or P1 goes to the cloud.
#include "actors/domain/coordinator.hpp"
#include "actors/domain/random.hpp"
#include "tests/actors/domain/brain_world.hpp"

#include <doctest/doctest.h>
#include <deque>
#include <map>
#include <set>

using namespace weir;
using namespace weir::testing;

namespace {

struct Job {
  Dispatch dispatch;
  bool cancelled = false;
};

/// An agent as the coordinator meets it: obedient, late, full, failing, or gone.
struct FakeAgent {
  std::string name;
  Tier tier = Tier::l1;
  EngineSpec spec;
  LinkId link;
  bool up = false;
  bool silent = false;
  std::uint64_t reports = 0;
  std::map<AttemptId, Job> jobs;
  std::deque<BrainEvent> outbox;  // what it said and the coordinator has not heard yet
};

constexpr Features all_features = feature::tools | feature::json | feature::continues;

struct Ending {
  int fails = 0;
  int completes = 0;
  bool client_gone = false;
};

class Chaos {
 public:
  explicit Chaos(std::uint64_t seed) : random_{seed}, brain_{policy(), incarnation, seed} {
    const std::vector<std::pair<std::string, Tier>> machines{
        {"ws-1", Tier::l0}, {"ws-2", Tier::l0}, {"gpu", Tier::l1}, {"cloud", Tier::l2}};
    for (const auto& [name, tier] : machines) {
      FakeAgent agent;
      agent.name = name;
      agent.tier = tier;
      agent.spec.slots = 1 + random_.below(3);
      agent.spec.models = {"m"};
      if (random_.below(2) == 0) agent.spec.models.push_back("n");
      if (random_.below(2) == 0) agent.spec.features = all_features;
      if (name == "ws-2") agent.spec.accept.p0 = false;
      agents_.push_back(agent);
    }
  }

  void run(int steps) {
    for (int i = 0; i < steps; ++i) step();
  }

  /// Everybody behaves, the clients leave nothing new, and time passes.
  void settle() {
    for (auto& agent : agents_) {
      agent.silent = false;
      if (!agent.up) connect(agent);
    }
    for (int i = 0; i < 1'500; ++i) {
      for (auto& agent : agents_) {
        if (!agent.up) connect(agent);
        if (i % 4 == 0) report(agent);
        if (!agent.jobs.empty()) end_job(agent, agent.jobs.begin()->first, false);
        while (!agent.outbox.empty()) deliver(agent);
      }
      advance(Millis{50});
    }
  }

  void check() {
    for (const auto& [id, ending] : endings_) {
      CAPTURE(id);
      CHECK(ending.fails + ending.completes == (ending.client_gone ? 0 : 1));
    }
    tell(Asked{ReplyId{1}, Question::queues, ""});
    CHECK(queues_.waiting == 0);
    CHECK(queues_.running == 0);
    CHECK(queues_.classes.empty());
    tell(Asked{ReplyId{2}, Question::fleet, ""});
    CHECK(fleet_.nodes.size() == agents_.size());
    for (const auto& node : fleet_.nodes) CHECK(node.slots_used == 0);
    CHECK(leaks_ == 0);
    CHECK(records_ == endings_.size());
    CHECK(strays_ == 0);
  }
  std::size_t resumes() const { return resumes_; }
  std::size_t completed() const {
    std::size_t n = 0;
    for (const auto& [id, ending] : endings_) n += ending.completes == 1 ? 1 : 0;
    return n;
  }

 private:
  static domain::CoordinatorPolicy policy() {
    domain::CoordinatorPolicy p;
    p.queue.waiting_max = 8;
    p.queue.deadline_ms = 5'000;
    p.models = {{"alias", {"m", "n"}, 1, 0}};
    p.grade_floors = {{"finance", Grade::p1}};
    return p;
  }
  bool chance(std::uint32_t percent) { return random_.below(100) < percent; }

  void step() {
    auto& agent = agents_[random_.below(static_cast<std::uint32_t>(agents_.size()))];
    switch (random_.below(16)) {
      case 0:
      case 1:
      case 2:
        return submit();
      case 3:
        return leave();
      case 4:
        return agent.up && chance(15) ? disconnect(agent) : connect(agent);
      case 5:
        if (chance(20)) agent.silent = !agent.silent;
        return report(agent);
      case 6:
        return report(agent);
      case 7:
      case 8:
        return pick_job(agent);
      case 9:
        return commit();
      case 10:
        return advance(Millis{50 * (1 + random_.below(12))});
      case 11:
        if (chance(10)) tell(DrainAsked{ReplyId{3}, agent.name, chance(30)});
        return;
      case 12:
        return lie(agent);
      default:
        if (!agent.outbox.empty()) deliver(agent);
    }
  }

  void submit() {
    RequestSpec s;
    s.id = RequestId{++requests_};
    s.public_id = "req-" + std::to_string(requests_);
    const std::vector<std::string> models{"m", "n", "alias", "auto", "unknown"};
    s.model = models[random_.below(5)];
    s.stream = chance(60);
    s.continuable = s.stream && chance(50);
    s.body_bytes = 10;
    s.prompt_tokens_estimate = Tokens{static_cast<std::int64_t>(random_.below(100))};
    s.output_tokens_max = Tokens{10};
    s.tenant = chance(30) ? "finance" : "eng";
    if (chance(30)) s.session = "s" + std::to_string(random_.below(3));
    if (chance(80)) s.label = static_cast<Grade>(random_.below(3));
    s.priority = static_cast<Priority>(random_.below(3));
    if (chance(20)) s.deadline = Millis{1 + random_.below(3'000)};
    s.found = Detected::nothing();
    if (chance(20)) s.found.grade = static_cast<Grade>(random_.below(3));
    if (chance(50)) s.found.counts[index_of(Sensitive::email)] = 1;
    if (chance(5)) s.found = {};
    auto grade = strictest(s.label.value_or(Grade::p0), s.found.grade);
    if (s.tenant == "finance") grade = strictest(grade, Grade::p1);
    if (!s.session.empty()) {
      auto& bound = sessions_.try_emplace(s.tenant + "/" + s.session, Grade::p2).first->second;
      grade = bound = strictest(bound, grade);
    }
    labels_[s.id] = grade;
    streams_[s.id] = s.stream;
    endings_[s.id.value];
    tell(Submitted{s});
  }
  void leave() {
    if (requests_ == 0) return;
    const auto id = 1 + random_.below(static_cast<std::uint32_t>(requests_));
    auto& ending = endings_[id];
    if (ending.fails + ending.completes == 0) ending.client_gone = true;
    tell(ClientGone{RequestId{id}});
  }
  void connect(FakeAgent& agent) {
    if (agent.up && !chance(3)) return;
    agent.link = LinkId{++links_};  // an older link may still stand: the newer one replaces it
    agent.up = true;
    agent.outbox.clear();
    Hello hello;
    for (const auto& [attempt, job] : agent.jobs) hello.attempts.push_back({attempt, 0});
    tell(AgentUp{agent.link, {"c", "agent", agent.name, agent.tier}, hello});
    tell(AgentSaid{agent.link, inventory_of(agent.spec)});
    report(agent);
  }
  void disconnect(FakeAgent& agent) {
    agent.up = false;
    agent.outbox.clear();
    if (chance(50)) agent.jobs.clear();
    tell(AgentDown{agent.link, "test"});
    if (chance(50)) connect(agent);
  }
  void say(FakeAgent& agent, Message message) {
    if (agent.up) agent.outbox.push_back(AgentSaid{agent.link, std::move(message)});
  }
  void report(FakeAgent& agent) {
    if (!agent.up || agent.silent) return;
    CapacityReport r;
    r.number = ++agent.reports;
    EngineLoad load;
    load.engine = 1;
    load.state = EngineState::up;
    load.slots_total = agent.spec.slots;
    load.slots_used = static_cast<std::uint32_t>(agent.jobs.size());
    r.engines.push_back(load);
    say(agent, r);
  }
  void deliver(FakeAgent& agent) {
    const auto event = agent.outbox.front();
    agent.outbox.pop_front();
    tell(event);
  }
  void pick_job(FakeAgent& agent) {
    if (agent.jobs.empty()) return;
    auto it = agent.jobs.begin();
    std::advance(it, random_.below(static_cast<std::uint32_t>(agent.jobs.size())));
    end_job(agent, it->first, chance(30));
  }
  void end_job(FakeAgent& agent, AttemptId attempt, bool fail) {
    Finish f;
    f.attempt = attempt;
    if (agent.jobs.at(attempt).cancelled)
      f.error = Error{Code::cancelled, ""};
    else if (fail)
      f.error = Error{Code::upstream_failed, ""};
    agent.jobs.erase(attempt);
    say(agent, f);
  }
  void commit() {
    if (attempts_.empty()) return;
    const auto& attempt = attempts_[random_.below(static_cast<std::uint32_t>(attempts_.size()))];
    if (!streams_[attempt.request]) return;
    begun_.insert(attempt);
    tell(Committed{attempt});
  }
  /// A message that no honest agent would send now.
  void lie(FakeAgent& agent) {
    if (!agent.up || attempts_.empty() || !chance(30)) return;
    auto attempt = attempts_[random_.below(static_cast<std::uint32_t>(attempts_.size()))];
    if (agent.jobs.contains(attempt)) return;
    if (chance(50)) ++attempt.number;
    if (agent.jobs.contains(attempt)) return;
    if (chance(50))
      say(agent, Accept{attempt, 0});
    else
      say(agent, CapacityReport{});  // its number stands still
  }
  void advance(Millis time) {
    now_ += time;
    tell(Tick{});
  }

  void tell(const BrainEvent& event) {
    std::vector<BrainEffect> effects = brain_.decide(now_, event);
    for (const auto& effect : effects) std::visit([this](const auto& e) { apply(e); }, effect);
  }
  FakeAgent* behind(LinkId link) {
    for (auto& agent : agents_)
      if (agent.up && agent.link == link) return &agent;
    return nullptr;
  }
  void apply(const SendDispatch& e) {
    const auto grade = labels_.at(e.dispatch.attempt.request);
    auto* agent = behind(e.link);
    if (agent == nullptr) {
      ++strays_;  // sent to a link that is gone
      return;
    }
    if (agent->tier == Tier::l2 && (grade == Grade::p0 || e.dispatch.grade == Grade::p0)) ++leaks_;
    if (e.dispatch.grade > grade) ++leaks_;  // stricter: its session was tightened meanwhile
    attempts_.push_back(e.dispatch.attempt);
    if (agent->jobs.size() >= agent->spec.slots || chance(10)) {
      say(*agent, Refuse{e.dispatch.attempt, static_cast<RefusalReason>(random_.below(8)), {}});
      return;
    }
    agent->jobs[e.dispatch.attempt] = {e.dispatch, false};
    say(*agent, Accept{e.dispatch.attempt, 0});
  }
  void apply(const SendCancel& e) {
    auto* agent = behind(e.link);
    if (agent == nullptr) return;
    const auto it = agent->jobs.find(e.cancel.attempt);
    if (it != agent->jobs.end()) it->second.cancelled = true;
  }
  /// Only what the agent says it runs, and only where the client has its beginning.
  void apply(const SendResume& e) {
    auto* agent = behind(e.link);
    if (agent == nullptr || !agent->jobs.contains(e.attempt) || !begun_.contains(e.attempt))
      ++strays_;
    ++resumes_;
  }
  void apply(const FailRequest& e) { ++endings_[e.request.value].fails; }
  void apply(const CompleteRequest& e) { ++endings_[e.request.value].completes; }
  void apply(const SendDrain&) {}
  void apply(const SpillChanged&) {}
  void apply(const Settled&) {}
  void apply(const DropLink& e) {
    if (auto* agent = behind(e.link)) {
      agent->up = false;
      agent->outbox.clear();
      tell(AgentDown{e.link, "dropped"});
    }
  }
  void apply(const Record&) { ++records_; }
  void apply(const Reply& e) {
    if (const auto* view = std::get_if<QueueView>(&e.answer)) queues_ = *view;
    if (const auto* view = std::get_if<FleetView>(&e.answer)) fleet_ = *view;
  }

  domain::Random random_;
  domain::Coordinator brain_;
  TimePoint now_{std::chrono::hours{1}};
  std::vector<FakeAgent> agents_;
  std::map<std::uint64_t, Ending> endings_;
  std::map<RequestId, Grade> labels_;  // effective, by our own reckoning
  std::map<std::string, Grade> sessions_;
  std::map<RequestId, bool> streams_;
  std::vector<AttemptId> attempts_;
  std::set<AttemptId> begun_;
  QueueView queues_;
  FleetView fleet_;
  std::uint64_t requests_ = 0;
  std::uint64_t links_ = 0;
  std::size_t records_ = 0;
  int leaks_ = 0;
  int strays_ = 0;
  std::size_t resumes_ = 0;
};

}  // namespace

TEST_CASE("coordinator: under any order of events each request ends once and no secret leaves") {
  std::size_t completed = 0;
  std::size_t resumes = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    Chaos chaos{seed};
    chaos.run(600);
    chaos.settle();
    chaos.check();
    completed += chaos.completed();
    resumes += chaos.resumes();
  }
  CHECK(completed > 200 * 10);  // the chaos leaves room for work
  CHECK(resumes > 10);
}
