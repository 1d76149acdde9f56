#include "tests/sim/world/node.hpp"

#include "tests/sim/world/oracle.hpp"

#include <algorithm>

namespace weir::sim {
namespace {

constexpr Micros reconnect_min{100'000};
constexpr Micros reconnect_max{3'000'000};
constexpr Micros look_every{500'000};
constexpr Micros sweep_every{1'000'000};

}  // namespace

domain::AgentPolicy Node::policy() const {
  domain::AgentPolicy p;
  p.tier = group.tier;
  p.accept.p0 = group.accepts_p0;
  return p;
}

AgentProcess::AgentProcess(Context& world, Network& network, Node& node, std::uint64_t incarnation,
                           FindCoordinator find, Runner::TruthOf truth_of)
    : Endpoint{world},
      network_{network},
      node_{node},
      incarnation_{incarnation},
      find_{std::move(find)},
      agent_{node.policy()},
      worker_{*this, world, [this](const WorkerEvent& event) { return decide(event); },
              [this](std::vector<WorkerEffect> effects) {
                runner_.apply(std::move(effects), [this] {
                  drained_ = true;
                  if (on_drained) on_drained();
                });
              },
              WorkerTick{}},
      runner_{*this,
              world,
              network,
              node.engine,
              node.group.tier,
              node.name,
              [this](WorkerEvent event) { worker_.post(std::move(event)); },
              std::move(truth_of)} {}

void AgentProcess::start() {
  worker_.start();
  worker_.post(OwnerObserved{node_.owner_present});
  look();
  sweep();
  later(world_.between(Micros{0}, reconnect_min), [this] { dial(); });
}

std::vector<WorkerEffect> AgentProcess::decide(const WorkerEvent& event) {
  auto effects = agent_.decide(world_.now(), event);
  world_.oracle->worker_decided(node_.index, event, effects);
  return effects;
}

/// Looks at its engine, as the probes do; what it finds is a moment old when it is told.
void AgentProcess::look() {
  later(world_.between(Micros{1'000}, Micros{40'000}),
        [this, seen = node_.engine.look()] { worker_.post(EngineObserved{seen}); });
  later(look_every, [this] { look(); });
}

void AgentProcess::sweep() {
  runner_.sweep();
  later(sweep_every, [this] { sweep(); });
}

void AgentProcess::dial() {
  if (link_) return;
  const auto coordinator = find_();
  if (coordinator.process != nullptr)
    link_ = network_.connect(node_.index, *coordinator.process, *this);
  if (link_) {
    // The coordinator speaks first.
    Hello first;
    first.incarnation = coordinator.incarnation;
    return network_.send(*link_, End::coordinator, Message{std::move(first)});
  }
  const auto most = std::min(reconnect_max, reconnect_min * (1U << std::min(tries_, 5U)));
  ++tries_;
  later(network_.round_trip() + world_.between(Micros{0}, most), [this] { dial(); });
}

void AgentProcess::on_frame(LinkId link, Frame frame) {
  if (const auto* body = std::get_if<BodyFrame>(&frame)) return runner_.on_body(link, *body);
  auto* message = std::get_if<Message>(&frame);
  if (message == nullptr) return;
  if (const auto* first = std::get_if<Hello>(message)) return hello(link, *first);
  runner_.on_message(link, std::move(*message));
}

void AgentProcess::hello(LinkId link, const Hello& hello) {
  tries_ = 0;
  Hello mine;
  mine.incarnation = incarnation_;
  mine.attempts = runner_.progress();
  network_.send(link, End::agent, Message{std::move(mine)});
  runner_.on_up(link, hello.incarnation, "coordinator");
}

void AgentProcess::on_down(LinkId link) {
  runner_.on_down(link);
  if (link_ == link) link_.reset();
  later(world_.between(Micros{0}, reconnect_min), [this] { dial(); });
}

}  // namespace weir::sim
