// The coordinator's process: the production brain, and its edge as coordinator/gateway is
// (dispatcher, agent intake, guard): bodies after Accept and clearance, current attempts only,
// offsets, the first byte told to the brain.
#pragma once

#include "actors/domain/coordinator.hpp"
#include "tests/sim/world/network.hpp"
#include "tests/sim/world/requests.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weir::sim {

class CoordinatorProcess final : public Endpoint {
 public:
  /// Whose certificate this path's agents hold.
  using WhoIs = std::function<PeerIdentity(std::size_t path)>;

  CoordinatorProcess(Context& world, Network& network, Requests& requests, WhoIs who_is,
                     std::uint64_t incarnation, std::uint64_t seed);

  void start() { brain_box_.start(); }
  std::uint64_t incarnation() const { return incarnation_; }
  void submit(RequestSpec spec);
  /// Its client is gone.
  void gone(RequestId request);
  void tell(BrainEvent event) { brain_box_.post(std::move(event)); }
  /// Asks the brain, past its mailbox.
  Answer ask(Question question, const std::string& argument = {});
  std::size_t jobs() const { return jobs_.size(); }
  /// Every client sees its connection reset.
  void lose_clients();

  void on_frame(LinkId link, Frame frame) override;
  void on_down(LinkId link) override;

 private:
  struct Attempt {
    AttemptId id;
    LinkId link;
    std::uint64_t text = 0;      ///< where in the answer it began
    std::uint64_t received = 0;  ///< of its own bytes
    std::uint16_t status = 0;
    bool accepted = false;
    bool redacted = false;  ///< what it was sent holds no personal data any more
  };
  struct Job {
    RequestSpec spec;
    std::optional<Attempt> attempt;
    bool committed = false;
    std::uint64_t delivered = 0;  ///< of the answer's text
  };
  /// What a link's agent said and the brain has not heard yet.
  struct Pending {
    std::optional<Inventory> inventory;
    std::optional<CapacityReport> report;
    std::uint32_t messages = 0;
  };

  std::vector<BrainEffect> decide(const BrainEvent& event);
  void apply(std::vector<BrainEffect> effects);
  void carry_out(SendDispatch& order);
  void carry_out(const SendCancel& order);
  void carry_out(const SendResume& order);
  void carry_out(const FailRequest& order);
  void ask_guard(SendDispatch order);
  void guard_answers(SendDispatch order);
  std::optional<ClearanceDenied> denied(const SendDispatch& order, const Job& job);

  void on_message(LinkId link, Message message);
  void accepted(LinkId link, const Accept& accept);
  void on_chunk(LinkId link, const ChunkFrame& chunk);
  void finished(LinkId link, Finish finish);
  Job* current(LinkId link, AttemptId attempt);
  void tell_brain(LinkId link, Message message);
  void hand_on(LinkId link, Pending& pending);
  void flush();
  void deliver(Job& job, std::uint64_t text, std::uint64_t bytes);
  void end(Job& job, bool well);
  void forget_attempt(Job& job);
  void send(LinkId link, Frame frame);

  Network& network_;
  Requests& requests_;
  WhoIs who_is_;
  std::uint64_t incarnation_;
  domain::Coordinator brain_;
  Mailbox<BrainEvent, BrainEffect> brain_box_;
  std::map<RequestId, Job> jobs_;
  std::map<LinkId, Pending> pending_;
  bool flush_armed_ = false;
};

}  // namespace weir::sim
