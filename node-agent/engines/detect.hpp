// Which kind of engine answers at an address: for engines that were found, and those whose
// settings do not say.
#pragma once

#include "node-agent/engines/http_engine.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <unordered_set>

namespace weir::engines {

/// Asks a server what it is. Ollama tells its version at /api/version; llama-server has /props;
/// vLLM tells its version at /version and its figures at /metrics; any other that lists models
/// speaks OpenAI's API. A Weir coordinator is nothing.
/// `done` runs once, at latest after `max`, never from within. nullopt: nothing answers yet, or
/// nothing that is known. Everything on the io thread.
class Detection {
 public:
  Detection(asio::io_context& io, EngineAddress to, std::string api_key, Millis max);
  ~Detection();
  Detection(const Detection&) = delete;
  Detection& operator=(const Detection&) = delete;
  void start(std::function<void(std::optional<EngineKind>)> done);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

/// An engine of a kind that is found out with its first looks, and again once it was down. Until
/// then jobs fail, and looks say that it is down.
class DetectedEngine final : public ports::Engine {
 public:
  using Make = std::function<Result<std::unique_ptr<ports::Engine>>(EngineKind kind)>;

  /// `settings.kind` is what it is told to be until it is known.
  /// errors  invalid_config: the url or the CA file.
  static Result<std::unique_ptr<DetectedEngine>> make(asio::io_context& io, std::uint32_t number,
                                                      const EngineSettings& settings, Make make,
                                                      Millis look_max = look_max_default);

  void start(ports::EngineJob job, ports::EngineAnswer answer) override;
  void cancel(AttemptId attempt) override;
  void pause(AttemptId attempt, bool on) override;
  /// The look that finds the kind out takes up to twice as long as others.
  void observe(std::function<void(EngineSnapshot)> done) override;

 private:
  DetectedEngine(asio::io_context& io, std::uint32_t number, const EngineSettings& settings,
                 EngineAddress to, Make make, Millis look_max);
  void detected(std::optional<EngineKind> kind);
  void look();

  asio::io_context& io_;
  EngineSettings settings_;
  EngineAddress to_;
  Make make_;
  Millis look_max_;
  EngineSnapshot unknown_;  ///< what is told while nothing is known
  std::function<void(EngineSnapshot)> done_;
  std::unique_ptr<Detection> detection_;
  std::unique_ptr<ports::Engine> engine_;  ///< null: not known yet
  EngineKind kind_ = EngineKind::openai;   ///< of engine_
  bool doubtful_ = false;                  ///< it was down: another may stand there now
  std::unordered_set<AttemptId> running_;
};

}  // namespace weir::engines
