// Any server that speaks OpenAI's HTTP API: LM Studio, transformers, SGLang, and others.
#pragma once

#include "node-agent/engines/http_engine.hpp"

#include <memory>
#include <string>

namespace weir::engines {

class OpenAiCompatible : public HttpEngine {
 public:
  /// `number`: the agent's own for it. `settings.url` must parse (config checks it).
  /// errors  invalid_config: the url or the CA file.
  static Result<std::unique_ptr<OpenAiCompatible>> make(asio::io_context& io, std::uint32_t number,
                                                        const EngineSettings& settings,
                                                        Millis look_max = look_max_default);

  /// No such API goes on from the beginning of an answer.
  void start(ports::EngineJob job, ports::EngineAnswer answer) override;

 protected:
  using HttpEngine::HttpEngine;
  void look() final;
  /// The server is up, and its models are read from the page `models`; sees more of it, and ends
  /// with end_look().
  virtual void look_closer(const std::string& models);
  /// What the names of models that state nothing tell.
  void complete_models(std::vector<ModelInfo>& models) override;
  /// Answers Endpoint::count_tokens. Here: by a call that is limited to one token.
  virtual void count(ports::EngineJob job, ports::EngineAnswer answer);
  /// The same with a request that is ready: its answer tells the prompt's tokens. An answer of
  /// status 4xx passes as it is.
  void count_by_call(const std::string& path, std::string request, const ports::EngineJob& job,
                     ports::EngineAnswer answer);

 private:
  bool no_ollama_ = false;  ///< since it is up it said that it has no such API
};

/// Reads a GET /v1/models answer into `snapshot`: state, models with their context, parent,
/// aliases, size and whether they are loaded. A server that says 503 because it still loads its
/// model is starting.
void read_models(const net::http::Response& response, EngineSnapshot& snapshot);

}  // namespace weir::engines
