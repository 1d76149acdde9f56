// Ollama, by its own API. It keeps many models on disk and a few of them loaded; its /v1 paths
// work too.
#pragma once

#include "node-agent/engines/http_engine.hpp"
#include "node-agent/engines/load_costs.hpp"
#include "node-agent/engines/ollama_pages.hpp"

#include <map>
#include <vector>

namespace weir::engines {

/// Ollama does not tell how many requests it runs at once. Its own factory value of
/// OLLAMA_NUM_PARALLEL is one for each loaded model, so without `slots` in the settings that is
/// what is assumed: as many slots as models are loaded, at least 1 and at most this. More would
/// wait in its queue, where no coordinator can place them again.
inline constexpr std::uint32_t ollama_slots_max = 4;

class Ollama final : public HttpEngine {
 public:
  static Result<std::unique_ptr<Ollama>> make(asio::io_context& io, std::uint32_t number,
                                              const EngineSettings& settings,
                                              Millis look_max = look_max_default);
  /// A cancelled job closes its connection: Ollama stops then.
  void start(ports::EngineJob job, ports::EngineAnswer answer) override;

 private:
  using HttpEngine::HttpEngine;
  void look() override;
  void look_at_loaded();
  /// Asks for what is not known yet of one model after another.
  void look_at_models();
  void complete_models(std::vector<ModelInfo>& models) override;
  void count(ports::EngineJob job, ports::EngineAnswer answer);
  /// Learns how long loading took from the answer, where the job has to wait for it.
  ports::EngineAnswer timed(const std::string& model, ports::EngineAnswer answer);
  /// The model that a request's name means; null where there is none.
  const ModelInfo* known(const std::string& name) const;

  std::vector<ModelInfo> models_;  ///< as last told
  std::vector<OllamaLoaded> loaded_;
  std::map<std::pair<std::string, std::string>, OllamaShown> shown_;  ///< by id and digest
  std::map<std::string, std::uint32_t> contexts_;                     ///< by id, as last loaded
  LoadTimes times_;
  LoadRoom room_;
};

}  // namespace weir::engines
