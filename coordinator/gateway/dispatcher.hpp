// Carries requests between clients, the brain, and the links: registers them, sends what the
// brain decides, and streams answers back without touching an actor. On the io thread alone.
#pragma once

#include "actors/net/http/server.hpp"
#include "actors/ports/brain.hpp"
#include "actors/ports/guard.hpp"
#include "actors/ports/link.hpp"
#include "coordinator/gateway/agent_intake.hpp"
#include "coordinator/gateway/auth.hpp"
#include "coordinator/gateway/gateway_metrics.hpp"
#include "coordinator/gateway/intake.hpp"
#include "coordinator/gateway/job.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

namespace weir::gateway {

struct DispatcherSettings {
  std::uint64_t incarnation = 0;
  Millis unanswered_max{2'000};  ///< no Accept and no Refuse by then: the brain hears of it
  /// The guard says nothing for so long, whatever is wrong with it: what comes in is P0, and what
  /// was to leave stays.
  Millis guard_silent_max{5'000};
  Millis silent_max{10'000};  ///< head withheld at most so long; then a comment every so often
  AnswerLimits answer;
  std::size_t held_bytes_max = 1U << 30U;  ///< request bodies of all running requests together
};

class Dispatcher final : public ports::LinkEvents, public std::enable_shared_from_this<Dispatcher> {
 public:
  /// `brain` and `metrics` must outlive it.
  static std::shared_ptr<Dispatcher> make(asio::io_context& io, DispatcherSettings settings,
                                          ports::Brain& brain, GatewayMetrics& metrics);
  ~Dispatcher() override;

  /// Where messages go; before that, and after detach(), they go nowhere.
  void attach(ports::Link& link);
  void detach();
  /// Who grades what comes in and clears what leaves for the cloud; must outlive this. Without one
  /// everything is P0, and nothing leaves.
  void guard_with(ports::Guard& guard) { guard_ = &guard; }

  /// An identity for one request; below 2^56.
  RequestId next_id() { return RequestId{++last_id_}; }
  /// Takes a request over: it ends exactly once, by an answer, an error, or its client's leaving.
  void submit(Intake intake, std::string body, Caller caller, net::http::ExchangePtr exchange,
              TimePoint now);
  /// Carries out one effect of the brain; Reply and Record are not its business.
  void apply(BrainEffect& effect);
  /// Requests that have not ended.
  std::size_t running() const { return jobs_.size(); }
  /// Ends them all with no_capacity: the program stops and they took too long.
  void abandon();

  void on_up(LinkId link, const PeerIdentity& peer, const Hello& hello) override;
  void on_message(LinkId link, Message message) override;
  void on_data(LinkId link, StreamId stream, ports::DataKind kind,
               std::span<const std::byte> bytes) override;
  void on_drained(LinkId link, StreamId stream) override;
  void on_down(LinkId link, const std::string& why) override;

 private:
  class Sweep;
  using Jobs = std::unordered_map<RequestId, Job>;

  Dispatcher(asio::io_context& io, DispatcherSettings settings, ports::Brain& brain,
             GatewayMetrics& metrics);

  // the brain's effects
  void carry_out(SendDispatch& order);

  // past the guard, in dispatcher_guard.cpp
  void inspect(Job& job, TimePoint now);
  void inspected(RequestId request, const Detected& found);
  void watch_guard(Job& job, TimePoint now);
  void clear(Job& job, SendDispatch order);
  void deny(Job& job, Grade grade, ClearanceDenied denial);
  void cleared(LinkId link, Dispatch dispatch, ClearanceAnswer answer);

  void unsayable(Job& job, AttemptId attempt, Refusal refusal);
  /// Ends a request whose new placement comes to nothing; `job` is gone then.
  void withdraw(SendDispatch& order, Job& job, const Refusal& refusal);
  void withdraw(SendDispatch& order);
  void carry_out(SendCancel& order);
  void carry_out(const SendResume& order);
  void carry_out(FailRequest& order);

  // an attempt's answer
  void tell_brain(LinkId link, Message message);
  Job* current(LinkId link, AttemptId attempt);
  void stale(LinkId link, StreamId stream);
  /// returns  whether the attempt is current: then the brain need not hear of it.
  bool accepted(LinkId link, const Accept& accept);
  void began(LinkId link, const Begin& begin);
  void finished(LinkId link, Finish finish);
  void deliver(Job& job, const std::string& events, std::size_t engine_bytes);
  std::string keep(Job& job, const std::string& events);
  void let_go(Job& job);
  void give_up(Job& job);
  void complete(Job& job, const Finish& finish, const std::string& events);

  // the client's side
  void gone(RequestId request, bool slow);
  void sent(RequestId request, std::size_t bytes);
  void fail(Job& job, const Refusal& refusal, std::optional<Grade> grade, std::uint8_t attempts);
  void sweep(TimePoint now);

  void write_body(Job& job);
  void forget_attempt(Job& job);
  void count(const Job& job, int status, std::optional<Grade> grade, TimePoint now);
  static std::int64_t used_tokens(const Job& job);
  void erase(Job& job);

  DispatcherSettings settings_;
  ports::Brain& brain_;
  std::shared_ptr<AgentIntake> agents_;
  GatewayMetrics& metrics_;
  std::unique_ptr<ports::Link> nowhere_;
  ports::Link* link_;
  ports::Guard* guard_ = nullptr;
  Jobs jobs_;
  std::size_t held_bytes_ = 0;
  std::uint64_t last_id_ = 0;
  std::string events_;  ///< scratch
  std::shared_ptr<Sweep> sweep_;
};

}  // namespace weir::gateway
