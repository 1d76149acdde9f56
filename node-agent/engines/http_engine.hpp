// What every engine behind HTTP has in common: jobs as calls, and looks with one deadline each.
#pragma once

#include "actors/net/http/deadline.hpp"
#include "node-agent/engines/calls.hpp"

#include <memory>
#include <string>

namespace weir::engines {

/// Slots of an engine that says nothing about its own concurrency.
inline constexpr std::uint32_t slots_default = 4;
/// The most that one look takes, all its requests together.
inline constexpr Millis look_max_default{2'000};
/// Models of one engine that are read; the rest is left out.
inline constexpr std::size_t models_max = 1'024;
/// Longest name of a model; longer ones are left out.
inline constexpr std::size_t name_bytes_max = 256;
/// Names of a model beside its id; the rest is left out.
inline constexpr std::size_t aliases_max = 16;

/// Whether a status is the engine's trouble rather than its answer: every 4xx is an answer.
constexpr bool engine_failed(int status) { return !is_status(status) || status >= 500; }
/// Whether an answer comes from a Weir coordinator, which is never an engine.
bool is_weir(const net::http::Headers& headers);

/// ports::Engine over one server. Requests are made anew: only the body is the caller's.
/// An answer of status 2xx or 4xx is the engine's answer; 5xx, a status that HTTP does not have,
/// and whatever breaks are its failure, told at the answer's head: the failing answer's
/// text is read by nobody.
class HttpEngine : public ports::Engine {
 public:
  using Fetched = std::function<void(Result<net::http::Response>)>;

  ~HttpEngine() override;
  void cancel(AttemptId attempt) override;
  void pause(AttemptId attempt, bool on) override;
  /// A look that nothing answers is told as the last one, once: the next such look is `down`.
  void observe(std::function<void(EngineSnapshot)> done) final;

 protected:
  HttpEngine(asio::io_context& io, std::uint32_t number, const EngineSettings& settings,
             EngineAddress to, Millis look_max);

  // ---- jobs
  /// POST of a job's body, JSON, to `path`. A status that is the engine's failure ends the job.
  void post(const std::string& path, ports::EngineJob job, ports::EngineAnswer answer);
  /// POST of JSON for a job that is not there yet, its whole answer; cancelled with the
  /// job.
  void ask(AttemptId attempt, const std::string& path, std::string body, Millis max, Fetched done);
  /// Ends a job by the answer to what was asked for it, unless that is of status 2xx: a 4xx passes
  /// as it is. returns whether it did.
  static bool settled(const Result<net::http::Response>& response,
                      const ports::EngineAnswer& answer);

  // ---- looks
  /// Begins a look. Ends it with end_look() or missed_look(); the look's one deadline may end it
  /// before: then what was not answered keeps its last value.
  virtual void look() = 0;
  /// Changes the models of a look that found the server up, before they are told.
  virtual void complete_models(std::vector<ModelInfo>& models);
  /// A request of the look under way, on the server (not below its /v1). `done` is not called
  /// once the look is over. An answer of more than `bytes_max` is an error.
  void get(const std::string& path, Fetched done, std::size_t bytes_max = look_bytes_max);
  void post_look(const std::string& path, std::string body, Fetched done);
  void end_look();
  /// Nothing answered in time: a busy server may miss one look; that is no reason to take its
  /// work away.
  void missed_look();
  /// What the look under way has seen; its figures begin as the last look's, without models.
  EngineSnapshot& seen() { return look_->snapshot; }

  /// What the look before this one told.
  EngineState last_state() const { return last_.state; }

  static constexpr std::size_t look_bytes_max = 1U << 20U;
  static constexpr std::size_t large_page_bytes_max = 4U << 20U;

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
  void fetch_for_look(net::http::ClientRequest request, std::size_t bytes_max, Fetched done);
  void look_expired();

  asio::io_context& io_;
  const Millis look_max_;
  Calls calls_;
  EngineSnapshot last_;         ///< what the last look told
  bool unanswered_ = false;     ///< it was a repetition: the engine did not answer
  std::shared_ptr<Look> look_;  ///< the one under way
};

}  // namespace weir::engines
