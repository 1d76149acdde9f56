// llama.cpp's llama-server: the OpenAI API, and what it says of itself in /props, /slots and
// /metrics. Each of the three may be switched off in the server; what is missing is done without.
#pragma once

#include "node-agent/engines/openai_compatible.hpp"

namespace weir::engines {

class LlamaCpp final : public OpenAiCompatible {
 public:
  static Result<std::unique_ptr<LlamaCpp>> make(asio::io_context& io, std::uint32_t number,
                                                const EngineSettings& settings,
                                                Millis look_max = look_max_default);
  void start(ports::EngineJob job, ports::EngineAnswer answer) override;

 private:
  struct GoingOn;

  using OpenAiCompatible::OpenAiCompatible;
  void look_closer() override;
  /// Renders the prompt, counts the prefix, and completes both together.
  void go_on(ports::EngineJob job, ports::EngineAnswer answer);
  void complete(const std::shared_ptr<GoingOn>& going, std::int64_t prefix_tokens);

  std::string props_;  ///< the last good answer of /props
};

/// Reads of the three answers into a snapshot; anything unexpected changes nothing.
/// /props: total_slots (unless `slots_configured`), the context of one slot, vision.
/// returns  false where it is not /props at all.
bool read_props(const std::string& body, bool slots_configured, EngineSnapshot& snapshot);
/// /slots: how many are processing.
void read_slots(const std::string& body, EngineSnapshot& snapshot);
/// /metrics, Prometheus text: running, deferred, KV use.
void read_metrics(const std::string& body, EngineSnapshot& snapshot);

}  // namespace weir::engines
