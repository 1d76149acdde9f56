// The agent's edge as node-agent/engines/job_runner.cpp is: bodies after Accept, answers with
// offsets, one Finish and one JobEnded for each job, answers kept for a link that comes back.
#pragma once

#include "schema/types/worker.hpp"
#include "tests/sim/world/engine.hpp"
#include "tests/sim/world/network.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <vector>

namespace weir::sim {

/// What the simulator alone knows of a request: its answer's length, and what its text holds.
struct RequestTruth {
  std::uint64_t text_end = 0;
  std::uint32_t prompt_tokens = 0;
};

class Runner {
 public:
  using Post = std::function<void(WorkerEvent)>;
  using TruthOf = std::function<RequestTruth(AttemptId)>;

  Runner(Process& process, Context& world, Network& network, Engine& engine, Tier tier,
         std::string_view name, Post post, TruthOf truth_of);

  void apply(std::vector<WorkerEffect> effects, const std::function<void()>& drained);
  void on_up(LinkId link, std::uint64_t incarnation, const std::string& coordinator);
  void on_message(LinkId link, Message message);
  void on_body(LinkId link, const BodyFrame& body);
  void on_down(LinkId link);
  void sweep();
  std::vector<AttemptProgress> progress() const;
  std::size_t jobs() const { return jobs_.size(); }
  std::size_t lingering() const { return ended_.size(); }

 private:
  struct Job {
    LinkId link;
    Dispatch dispatch;
    TimePoint received;
    TimePoint moved;  ///< the latest byte, of the body or the answer
    std::uint64_t text = 0;
    std::optional<std::uint32_t> first_byte_ms;
    std::uint64_t sent = 0;
    std::uint16_t status = 0;
    bool started = false;
  };
  struct Ended {
    LinkId link;
    Finish finish;
    std::uint64_t text = 0;
    TimePoint at;
  };

  void accept(const AcceptJob& effect);
  void run(Job& job);
  EngineReply reply_for(AttemptId attempt);
  void watch(AttemptId attempt, TimePoint due);
  void cancelled(LinkId link, AttemptId attempt);
  void finish(AttemptId attempt, std::optional<Error> error, bool engine_failed);
  void stop(const StopJob& effect);
  void resume(LinkId link, const Resume& resume);
  void send_again(LinkId link, const Resume& resume, std::uint64_t text, std::uint64_t sent);
  bool linked(LinkId link) const { return incarnations_.contains(link); }
  Job* find(AttemptId attempt);
  Job* find(LinkId link, StreamId stream);
  std::int64_t first_byte_left_ms(const Job& job) const;
  void send(LinkId link, Frame frame);

  Process& process_;
  Context& world_;
  Network& network_;
  Engine& engine_;
  Tier tier_;
  std::string_view name_;
  Post post_;
  TruthOf truth_of_;
  std::map<LinkId, std::uint64_t> incarnations_;
  std::map<AttemptId, Job> jobs_;
  std::map<AttemptId, Ended> ended_;
};

}  // namespace weir::sim
