// Any server that speaks OpenAI's HTTP API: vLLM, LM Studio, llama.cpp, Ollama's /v1, and others.
#pragma once

#include "actors/net/http/deadline.hpp"
#include "node-agent/engines/calls.hpp"

#include <memory>
#include <optional>
#include <string>

namespace weir::engines {

/// Slots of an engine that says nothing about its own concurrency.
inline constexpr std::uint32_t slots_default = 4;
/// The most that one look takes, all its requests together.
inline constexpr Millis look_max_default{2'000};

/// ports::Engine over one server. Requests are made anew: only the body is the caller's.
/// An answer of status 2xx or 4xx is the engine's answer; 5xx, a status that HTTP does not have,
/// and whatever breaks are its failure, told at the answer's head: the failing answer's
/// text is read by nobody.
class OpenAiCompatible : public ports::Engine {
 public:
  /// `number`: the agent's own for it. `settings.url` must parse (config checks it).
  /// errors  invalid_config: the url or the CA file.
  static Result<std::unique_ptr<OpenAiCompatible>> make(asio::io_context& io, std::uint32_t number,
                                                        const EngineSettings& settings,
                                                        Millis look_max = look_max_default);
  ~OpenAiCompatible() override;

  /// No such API goes on from the beginning of an answer.
  void start(ports::EngineJob job, ports::EngineAnswer answer) override;
  void cancel(AttemptId attempt) override;
  void pause(AttemptId attempt, bool on) override;
  /// A look that nothing answers is told as the last one, once: the next such look is `down`.
  void observe(std::function<void(EngineSnapshot)> done) final;

 protected:
  OpenAiCompatible(asio::io_context& io, std::uint32_t number, const EngineSettings& settings,
                   EngineAddress to, Millis look_max);
  /// GET of `path` on the server (not below its /v1) for the look under way, at most 1 MiB.
  void get(const std::string& path, std::function<void(Result<net::http::Response>)> done);
  /// POST of a job's body, JSON, to `path`. A status that is the engine's failure ends the job.
  void post(const std::string& path, ports::EngineJob job, ports::EngineAnswer answer);
  /// POST of JSON for a job that is not there yet, its whole answer; cancelled with the
  /// job.
  void ask(AttemptId attempt, const std::string& path, std::string body, Millis max,
           std::function<void(Result<net::http::Response>)> done);
  /// The server is up; sees more of it, and ends with end_look(). The look's one deadline may
  /// end it before: then what was not answered keeps its last value.
  virtual void look_closer() { end_look(); }
  void end_look();
  /// What the look under way has seen; its figures begin as the last look's.
  EngineSnapshot& seen() { return look_->snapshot; }

  const EngineSettings settings_;

 private:
  struct Look {
    explicit Look(asio::io_context& io) : deadline{io} {}
    net::http::Deadline deadline;  ///< one for all its requests
    EngineSnapshot snapshot;
    std::function<void(EngineSnapshot)> done;
    net::http::CallId call = 0;
  };

  net::http::Headers headers() const;
  net::http::ClientRequest json_request(const std::string& path, std::string body) const;
  void look_expired();
  void no_answer();

  asio::io_context& io_;
  const Millis look_max_;
  Calls calls_;
  EngineSnapshot last_;         ///< what the last look told
  bool unanswered_ = false;     ///< it was a repetition: the engine did not answer
  std::shared_ptr<Look> look_;  ///< the one under way
};

/// Reads a GET /v1/models answer into `snapshot`: state, models. A server that says 503 because
/// it still loads its model is starting.
void read_models(const net::http::Response& response, EngineSnapshot& snapshot);

}  // namespace weir::engines
