// A cloud account: a provider's API in OpenAI's or in Anthropic's dialect. Sends what was cleared,
// byte for byte, and nothing else; reads only usage and errors of what comes back.
#pragma once

#include "node-agent/engines/calls.hpp"
#include "node-agent/engines/cloud_gate.hpp"
#include "node-agent/engines/cloud_metrics.hpp"
#include "node-agent/engines/usage_watch.hpp"

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

namespace weir::engines {

/// Requests at a time where the settings name no number.
inline constexpr std::uint32_t cloud_slots_default = 16;

/// ports::Engine over one account. A job must hold a `Cleared`; its `body` is never looked at, nor
/// is its `endpoint`. One clearance is one send: no request is ever repeated. An answer of status
/// 2xx, and any 4xx but 401, 403 and 429, is the provider's answer; all else is a failure of the
/// attempt, told at the answer's head. An answer that exceeds its clearance's cost_cap is ended.
/// The API key stands in the request's headers and nowhere else.
class Cloud final : public ports::Engine {
 public:
  /// `metrics` must outlive this. `gate`: its rates are those of `settings`.
  /// errors  invalid_config: the url or the CA file.
  static Result<std::unique_ptr<Cloud>> make(asio::io_context& io, std::uint32_t number,
                                             const EngineSettings& settings, CloudMetrics& metrics,
                                             GateSettings gate = {});

  void start(ports::EngineJob job, ports::EngineAnswer answer) override;
  void cancel(AttemptId attempt) override;
  void pause(AttemptId attempt, bool on) override;
  /// Asks nobody: the circuit is up or down, and what the rates leave room for are free slots.
  /// `done` runs from within.
  void observe(std::function<void(EngineSnapshot)> done) override;

 private:
  struct Sent;
  using SentPtr = std::shared_ptr<Sent>;

  Cloud(asio::io_context& io, std::uint32_t number, const EngineSettings& settings,
        EngineAddress to, CloudMetrics& metrics, GateSettings gate);
  /// Why the terms are not for this account; nullopt: they are.
  std::optional<Error> misfit(const ClearanceTerms& terms) const;
  const StatedModel* model(const std::string& id) const;
  /// Ends a job that was never sent.
  void turn_away(AttemptId attempt, SentPtr job, Error error);
  net::http::ClientRequest request(std::string body, const ports::EngineJob& job) const;
  /// Whether a head is a failure; takes note of what it says to the gate.
  bool judge(Sent& sent, int status, const net::http::Headers& headers) const;
  void on_bytes(AttemptId attempt, const SentPtr& sent, std::span<const std::byte> bytes);
  /// Forgets the job and settles it with the gate and the metrics.
  void settle(AttemptId attempt, Sent& sent, Outcome outcome);

  asio::io_context& io_;
  const std::uint32_t number_;
  const EngineSettings settings_;
  CloudMetrics& metrics_;
  CloudGate gate_;
  std::unordered_map<AttemptId, SentPtr> jobs_;
  Calls calls_;
};

}  // namespace weir::engines
