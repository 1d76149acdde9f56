#include "tests/sim/world/world.hpp"

#include <utility>

namespace weir::sim {
namespace {

/// After the last fault everything must come to rest within this.
constexpr Millis rest_max{90'000};
constexpr Millis rest_every{250};

std::size_t machines(const Scenario& s) {
  std::size_t n = 0;
  for (const auto& group : s.fleet) n += group.count;
  return n;
}

Nodes make_nodes(Context& world) {
  Nodes nodes;
  for (const auto& group : world.scenario.fleet)
    for (std::uint32_t i = 1; i <= group.count; ++i)
      nodes.push_back(
          std::make_unique<Node>(world, group, nodes.size(), group.name + "-" + std::to_string(i)));
  return nodes;
}

}  // namespace

Outcome run(const Scenario& scenario, std::uint64_t seed, bool print) {
  return World{scenario, seed, print}.run();
}

World::World(const Scenario& scenario, std::uint64_t seed, bool print)
    : context_{scenario, seed, print},
      seed_{seed},
      network_{context_, machines(scenario)},
      nodes_{make_nodes(context_)},
      oracle_{context_, requests_, nodes_, network_} {
  context_.oracle = &oracle_;
  network_.start();
  start_coordinator();
  for (auto& node : nodes_) start_agent(*node);
  for (const auto& work : scenario.workloads)
    context_.timeline.after(Millis{work.from_ms}, [this, &work] { arrive(work); });
  for (const auto& fault : scenario.faults) arm(fault);
}

bool World::step(TimePoint until) {
  if (oracle_.violation() || !context_.timeline.step(until)) return false;
  ++events_;
  oracle_.check_now();
  return !oracle_.violation();
}

Outcome World::run() {
  const auto end = run_end();
  while (step(end)) {}
  auto until = end;
  while (!oracle_.violation() && until < end + rest_max) {
    until += rest_every;
    while (step(until)) {}
    if (coordinator() != nullptr && oracle_.at_rest(*coordinator())) break;
    // An operator whose word was lost says it again.
    for (auto& node : nodes_)
      if (!node->draining && oracle_.drains(node->index)) drain(*node, false);
  }
  if (!oracle_.violation()) oracle_.check_the_end(*coordinator());
  Outcome outcome{oracle_.violation(),  {},
                  oracle_.asked(),      oracle_.served(),
                  oracle_.dispatched(), oracle_.resumed(),
                  oracle_.to_cloud(),   events_};
  if (outcome.violation) outcome.last = context_.trace.last();
  return outcome;
}

// ---- processes -----------------------------------------------------------------------------

void World::start_coordinator() {
  const auto who_is = [this](std::size_t path) {
    const auto& node = *nodes_.at(path);
    return PeerIdentity{"c", "agent", node.name, node.group.tier};
  };
  asked_ = 0;
  ++incarnations_;
  lives_.push_back(std::make_unique<CoordinatorProcess>(
      context_, network_, requests_, who_is, 1'000 + incarnations_, seed_ + incarnations_));
  lives_.back()->start();
}

RequestTruth World::truth_of(AttemptId attempt) const {
  const auto& truth = requests_.at(key_of(attempt));
  return {truth.text_end, static_cast<std::uint32_t>(truth.spec.prompt_tokens_estimate.count())};
}

void World::start_agent(Node& node) {
  context_.note(node.name, "agent starts");
  node.lives.push_back(std::make_unique<AgentProcess>(
      context_, network_, node, context_.random.next() | 1U,
      [this] {
        auto* c = coordinator();
        return c == nullptr ? AgentProcess::Listener{}
                            : AgentProcess::Listener{c, c->incarnation()};
      },
      [this](AttemptId attempt) { return truth_of(attempt); }));
  node.lives.back()->start();
}

void World::kill_agent(Node& node) {
  auto* process = node.process();
  if (process == nullptr) return;
  context_.note(node.name, "agent dies");
  process->kill();
  network_.process_died(*process);
  node.engine.cancel_all();
}

// ---- clients -------------------------------------------------------------------------------

void World::arrive(const Workload& work) {
  const auto until =
      context_.timeline.begin() + Millis{std::min(work.until_ms, context_.scenario.run_ms)};
  context_.timeline.after(context_.gap(Micros{1'000'000 / work.per_s}), [this, &work, until] {
    if (context_.now() >= until) return;
    ask(work);
    arrive(work);
  });
}

RequestSpec World::draw(const Workload& work, Truth& truth) {
  auto& random = context_.random;
  RequestSpec s;
  s.id = RequestId{++asked_};
  s.public_id = "req-" + std::to_string(s.id.value);
  s.model = work.models[random.below(static_cast<std::uint32_t>(work.models.size()))];
  s.stream = context_.chance(work.stream_percent);
  s.continuable = s.stream && context_.chance(work.continuable_percent);
  const auto prompt = 1 + random.below(work.prompt_tokens);
  const auto output = 1 + random.below(work.output_tokens);
  s.prompt_tokens_estimate = Tokens{std::int64_t{prompt}};
  s.output_tokens_max = Tokens{std::int64_t{output}};
  s.body_bytes = prompt * bytes_per_token;
  s.tenant = context_.chance(work.finance_percent) ? "finance"
             : context_.chance(50)                 ? "eng"
                                                   : "sales";
  if (context_.chance(work.session_percent)) s.session = "s" + std::to_string(random.below(12));
  const auto draw = random.below(work.p0 + work.p1 + work.p2 + work.unlabelled);
  if (draw < work.p0)
    s.label = Grade::p0;
  else if (draw < work.p0 + work.p1)
    s.label = Grade::p1;
  else if (draw < work.p0 + work.p1 + work.p2)
    s.label = Grade::p2;
  s.priority = static_cast<Priority>(random.below(3));
  if (work.deadline_ms > 0) s.deadline = Millis{1 + random.below(work.deadline_ms)};
  truth.content = s.label.value_or(Grade::p0);
  if (truth.content == Grade::p2 && context_.chance(work.hidden_percent)) truth.content = Grade::p0;
  // The detector sees most of it when it comes in, and the guard the rest when it is to leave.
  s.found = Detected::nothing();
  if (context_.chance(work.found_percent)) s.found.grade = truth.content;
  if (s.found.grade == Grade::p1) s.found.counts[index_of(Sensitive::email)] = 1;
  if (context_.chance(1)) s.found = {};
  truth.text_end = output * bytes_per_token;
  truth.spec = s;
  return s;
}

void World::ask(const Workload& work) {
  auto* c = coordinator();
  if (c == nullptr || c->stopped()) return;  // nobody takes the connection
  Truth truth;
  auto spec = draw(work, truth);
  const RequestKey key{c->incarnation(), spec.id};
  requests_[key] = std::move(truth);
  oracle_.client_asks(key);
  c->submit(std::move(spec));
  if (context_.chance(work.leave_percent))
    c->later(context_.between(Micros{0}, Micros{2'500'000}),
             [c, id = key.request] { c->gone(id); });
}

}  // namespace weir::sim
