// llama.cpp's llama-server: the OpenAI API, and what it says of itself in /props, /slots and
// /metrics. Each of the three may be switched off in the server; what is missing is done without.
// Started without a model it is a router: it loads the models of a folder as they are asked for.
#pragma once

#include "node-agent/engines/llama_pages.hpp"
#include "node-agent/engines/load_costs.hpp"
#include "node-agent/engines/openai_compatible.hpp"

#include <map>
#include <vector>

namespace weir::engines {

class LlamaCpp final : public OpenAiCompatible {
 public:
  static Result<std::unique_ptr<LlamaCpp>> make(asio::io_context& io, std::uint32_t number,
                                                const EngineSettings& settings,
                                                Millis look_max = look_max_default);
  void start(ports::EngineJob job, ports::EngineAnswer answer) override;

 private:
  struct GoingOn;
  struct RouterLook;

  using OpenAiCompatible::OpenAiCompatible;
  void look_closer(const std::string& models) override;
  /// A server may say that it can do what it was not started for: the names of its models do not
  /// matter here.
  void complete_models(std::vector<ModelInfo>&) override {}
  /// By its own template and tokenizer.
  void count(ports::EngineJob job, ports::EngineAnswer answer) override;

  // ---- a server of one model
  void look_at_load();
  /// Asks for an embedding and a ranking, each of one word: once per start of the server, and
  /// a few times more where it does not answer.
  void probe();
  void forget_start();

  // ---- a router
  void look_at_router(const LlamaRouter& router, const std::string& models);
  void cost_loads(const LlamaRouter& router, RouterLook& look);
  /// Looks at one loaded model after another; never loads one.
  void look_at_next(const std::shared_ptr<RouterLook>& look);
  void end_router_look(const RouterLook& look);

  /// Renders the prompt, counts the prefix, and completes both together.
  void go_on(ports::EngineJob job, ports::EngineAnswer answer);
  void complete(const std::shared_ptr<GoingOn>& going, std::int64_t prefix_tokens);

  static constexpr int probes_max = 3;

  std::string props_;  ///< the last good answer of /props
  std::string start_;  ///< of the server that gave it; empty: not known
  int probes_left_ = probes_max;
  LlamaProbed can_;
  std::map<std::string, std::string> model_props_;  ///< of a router's loaded models
  std::map<std::string, TimePoint> loading_;        ///< since when
  std::map<std::string, std::uint64_t> bytes_;      ///< as told when they were loaded
  LoadTimes times_;
};

}  // namespace weir::engines
