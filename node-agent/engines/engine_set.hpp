// The engines of one machine: configured ones, or those found on localhost. Looks at each now and
// then and tells the worker what it saw.
#pragma once

#include "actors/ports/engine.hpp"
#include "actors/ports/worker.hpp"
#include "node-agent/engines/cloud_metrics.hpp"
#include "schema/types/settings.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace asio {
class io_context;
}

namespace weir::engines {

/// Where engines usually listen on a machine: llama.cpp, vLLM, LM Studio, Ollama. Another may
/// stand there: it is asked.
std::vector<EngineSettings> usual_places();

struct LookTimes {
  Millis busy{500};  ///< between looks while jobs run
  Millis idle{1'000};
  Millis cloud{50};  ///< of cloud engines, which are not asked: what their rates leave moves on
};

/// Everything on the io thread. An engine that was found, not configured, stays unknown to the
/// worker until it was up once; a Weir coordinator is never taken for an engine.
class EngineSet {
 public:
  /// `cloud`: where there are cloud engines; must outlive this.
  EngineSet(asio::io_context& io, LookTimes times, CloudMetrics* cloud = nullptr);
  ~EngineSet();
  EngineSet(const EngineSet&) = delete;
  EngineSet& operator=(const EngineSet&) = delete;

  /// Builds the engines of `settings`, or candidates at `usual` where none are configured.
  /// errors  invalid_config naming the engine's url.
  Result<Done> open(const std::optional<std::vector<EngineSettings>>& settings,
                    const std::vector<EngineSettings>& usual);
  /// Begins to look, and to tell `worker`, which must outlive this.
  void start(ports::Worker& worker);
  /// The engine called `number`; null where there is none.
  ports::Engine* find(std::uint32_t number) const;
  /// Jobs running now, of all engines: decides how often to look.
  void set_busy(bool busy);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace weir::engines
