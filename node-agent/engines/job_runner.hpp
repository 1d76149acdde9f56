// Carries out what the worker decided: takes request bodies from links, runs them on engines, and
// sends the answers back. The data path: no byte of a prompt or an answer meets an actor.
#pragma once

#include "actors/ports/engine.hpp"
#include "actors/ports/guard.hpp"
#include "actors/ports/link.hpp"
#include "actors/ports/worker.hpp"
#include "node-agent/engines/cloud_metrics.hpp"
#include "node-agent/engines/tail.hpp"
#include "node-agent/engines/usage_watch.hpp"

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace weir::engines {

struct RunnerLimits {
  std::size_t bodies_bytes_max = 256U << 20U;  ///< request bodies held, all jobs together
  Millis body_max{10'000};                     ///< longest wait for a body's next byte
  Millis linger{4'000};                        ///< a streamed answer that ended is kept so long
  std::size_t linger_bytes_max = 64U << 20U;   ///< all of them together; the oldest goes first
};

/// Everything on the io thread. Each accepted job ends with exactly one Finish on its link (while
/// that is up) and exactly one JobEnded to the worker.
class JobRunner final : public ports::LinkEvents {
 public:
  using FindEngine = std::function<ports::Engine*(std::uint32_t number)>;
  using Clock = std::chrono::steady_clock;

  JobRunner(RunnerLimits limits, FindEngine find_engine);
  ~JobRunner() override;
  /// Both must be given before anything happens, and outlive this.
  void connect(ports::Link& link, ports::Worker& worker);
  /// For a cloud proxy, before anything happens: no body reaches an engine that `checkpoint` did
  /// not let through. Both must outlive this.
  void check_with(ports::Checkpoint& checkpoint, CloudMetrics& metrics);
  /// What the worker decided. `drained`: nothing runs any more, though answers may still wait in
  /// the link to be sent.
  void apply(std::vector<WorkerEffect> effects, const std::function<void()>& drained);
  /// Ends jobs whose body does not come. Call about once a second.
  void sweep(Clock::time_point now);
  std::size_t jobs() const { return jobs_.size(); }
  /// Links that are up.
  std::size_t links() const { return incarnations_.size(); }
  /// Attempts whose link is gone, for the Hello of its successor, answers that ended unheard
  /// among them. Those of a link that is up are nobody else's.
  std::vector<AttemptProgress> progress() const;

  void on_up(LinkId link, const PeerIdentity& peer, const Hello& hello) override;
  void on_message(LinkId link, Message message) override;
  void on_data(LinkId link, StreamId stream, ports::DataKind kind,
               std::span<const std::byte> bytes) override;
  void on_drained(LinkId link, StreamId stream) override;
  void on_down(LinkId link, const std::string& why) override;

 private:
  struct Job {
    Job(LinkId on, Dispatch what)
        : link{on},
          dispatch{std::move(what)},
          usage{dispatch.stream},
          received{Clock::now()},
          body_moved{received} {}
    LinkId link;
    Dispatch dispatch;
    std::string body;
    std::uint64_t reserved = 0;       ///< of bodies_bytes_, for this body
    ports::Engine* engine = nullptr;  ///< set once started
    std::uint64_t check = 0;          ///< the body's check by the checkpoint; 0: not begun
    UsageWatch usage;
    Clock::time_point received;
    Clock::time_point body_moved;  ///< the body's last byte so far
    std::optional<std::uint32_t> first_byte_ms;
    std::uint64_t sent = 0;
    std::uint64_t sent_before_loss = 0;  ///< when its link ended
    Tail tail;                           ///< of a streamed answer
    std::uint16_t engine_status = 0;
    bool paused = false;
  };
  using Jobs = std::unordered_map<AttemptId, Job>;
  /// A streamed answer that ended: its link may still lose what the coordinator has not got.
  struct Ended {
    LinkId link;
    Finish finish;
    Tail tail;
    Clock::time_point at;
  };

  void say(Say& said);
  void accept(const AcceptJob& effect);
  void run(Job& job);
  /// A cloud proxy's way to start(): asks the checkpoint first.
  void check(Job& job);
  /// Ends a job that must not leave.
  void deny(AttemptId attempt, const Error& why);
  void checked(AttemptId attempt, std::uint64_t check, Result<Cleared> cleared);
  /// `order` holds what is to be sent.
  void start(Job& job, ports::EngineJob order);
  /// What is left at `now` of the time for the answer's first byte; negative: too late.
  static std::int64_t first_byte_left_ms(const Job& job, Clock::time_point now);
  void on_answer(AttemptId attempt, std::span<const std::byte> bytes);
  /// Sends Finish, tells the worker, and forgets the job.
  void finish(AttemptId attempt, std::optional<Error> error, bool engine_failed);
  void stop(const StopJob& effect);
  /// A Cancel came in.
  void cancelled(LinkId link, AttemptId attempt);
  /// Goes on, on `link`, from the coordinator's offset.
  void resume(LinkId link, const Resume& resume);
  /// Sends what the tail has from the offset on. returns  bytes not sent yet; nullopt: it is gone.
  std::optional<std::size_t> send_again(LinkId link, const Resume& resume, const Tail& tail);
  void pause(Job& job, bool on);
  void keep_ended(Job& job, const Finish& finish);
  void forget_ended(AttemptId attempt);
  bool linked(LinkId link) const { return incarnations_.count(link) != 0; }
  Job* find(AttemptId attempt);
  /// The attempt that a stream of a link belongs to; null where none runs.
  Job* find(LinkId link, StreamId stream);
  void release_body(Job& job);

  RunnerLimits limits_;
  FindEngine find_engine_;
  ports::Link* link_ = nullptr;
  ports::Worker* worker_ = nullptr;
  ports::Checkpoint* checkpoint_ = nullptr;  ///< of a cloud proxy
  CloudMetrics* cloud_metrics_ = nullptr;
  std::uint64_t last_check_ = 0;
  std::unordered_map<LinkId, std::uint64_t> incarnations_;
  Jobs jobs_;
  std::unordered_map<AttemptId, Ended> ended_;
  std::deque<AttemptId> ended_order_;  ///< oldest first; may hold forgotten ones
  std::size_t ended_bytes_ = 0;
  std::size_t bodies_bytes_ = 0;
};

}  // namespace weir::engines
