// Any server that speaks OpenAI's HTTP API: vLLM, LM Studio, llama.cpp, Ollama's /v1, and others.
#pragma once

#include "actors/net/http/client.hpp"
#include "actors/ports/engine.hpp"
#include "schema/types/settings.hpp"

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

namespace weir::engines {

/// Slots of an engine that says nothing about its own concurrency.
inline constexpr std::uint32_t slots_default = 4;

/// ports::Engine over one server. Requests are made anew: only the body is the caller's.
/// An answer of status 2xx or 4xx is the engine's answer; 408, 429, 5xx and whatever breaks are
/// its failure, and the failing answer's text is read by nobody.
class OpenAiCompatible : public ports::Engine {
 public:
  /// `number`: the agent's own for it. `settings.url` must parse (config checks it).
  /// errors  invalid_config: the url or the CA file.
  static Result<std::unique_ptr<OpenAiCompatible>> make(asio::io_context& io, std::uint32_t number,
                                                        const EngineSettings& settings);
  ~OpenAiCompatible() override;

  void start(ports::EngineJob job, ports::EngineAnswer answer) override;
  void cancel(AttemptId attempt) override;
  void pause(AttemptId attempt, bool on) override;
  void observe(std::function<void(EngineSnapshot)> done) override;

 protected:
  /// Where the server is, and how to trust it.
  struct Connection {
    net::http::Origin origin;  ///< prefix without a trailing /v1
    std::optional<net::tls::Context> tls;
  };
  static Result<Connection> connection(const EngineSettings& settings);
  OpenAiCompatible(asio::io_context& io, std::uint32_t number, const EngineSettings& settings,
                   net::http::Origin origin, std::optional<net::tls::Context> tls);
  /// GET of `path` on the server (not below its /v1), 2 s, 1 MiB.
  void get(const std::string& path, std::function<void(Result<net::http::Response>)> done);
  EngineSnapshot blank() const;
  /// Reads a GET /v1/models answer into `snapshot`: state, models.
  static void read_models(const net::http::Response& response, EngineSnapshot& snapshot);

  const EngineSettings settings_;

 private:
  net::http::Headers headers() const;

  const std::uint32_t number_;
  const net::http::Origin origin_;  ///< prefix without a trailing /v1
  net::http::Client client_;
  std::unordered_map<AttemptId, net::http::CallId> calls_;
};

}  // namespace weir::engines
