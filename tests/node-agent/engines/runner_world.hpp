// A job runner between a link, a worker and an engine that only take notes.
#pragma once

#include "node-agent/engines/job_runner.hpp"

#include <doctest/doctest.h>
#include <string>
#include <utility>
#include <vector>

namespace weir::test {

using engines::JobRunner;
using engines::RunnerLimits;
using ports::DataKind;

inline constexpr LinkId link_id{1};
inline const AttemptId attempt{7, RequestId{42}, 1};

inline std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span{text.data(), text.size()});
}

struct FakeLink : ports::Link {
  void send(LinkId link, Message message) override {
    sent.push_back(std::move(message));
    to.push_back(link);
  }
  std::size_t write(LinkId, StreamId, DataKind, std::span<const std::byte> bytes) override {
    written.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return unsent;
  }
  void consumed(LinkId, StreamId, std::size_t bytes) override { credited += bytes; }
  void forget(LinkId, StreamId) override { ++forgotten; }
  void close(LinkId, const std::string&) override {}

  template <class M>
  std::vector<M> all() const {
    std::vector<M> found;
    for (const auto& m : sent)
      if (const auto* one = std::get_if<M>(&m)) found.push_back(*one);
    return found;
  }

  std::vector<Message> sent;
  std::vector<LinkId> to;  ///< where each of them went
  std::string written;
  std::size_t unsent = 0, credited = 0, forgotten = 0;
};

struct FakeWorker : ports::Worker {
  void post(WorkerEvent event) override { events.push_back(std::move(event)); }
  std::vector<JobEnded> ended() const {
    std::vector<JobEnded> found;
    for (const auto& e : events)
      if (const auto* one = std::get_if<JobEnded>(&e)) found.push_back(*one);
    return found;
  }
  std::vector<WorkerEvent> events;
};

struct FakeEngine : ports::Engine {
  void start(ports::EngineJob j, ports::EngineAnswer a) override {
    job = std::move(j);
    answer = std::move(a);
    ++started;
  }
  void cancel(AttemptId) override { ++cancelled; }
  void pause(AttemptId, bool on) override { pauses.push_back(on); }
  void observe(std::function<void(EngineSnapshot)>) override {}

  ports::EngineJob job;
  ports::EngineAnswer answer;
  int started = 0, cancelled = 0;
  std::vector<bool> pauses;
};

struct World {
  explicit World(RunnerLimits limits = {})
      : runner{limits, [this](std::uint32_t n) { return n == 0 ? &engine : nullptr; }} {
    runner.connect(link, worker);
    Hello hello;
    hello.incarnation = attempt.incarnation;
    runner.on_up(link_id, {}, hello);
  }
  void accept(std::uint64_t body_bytes, bool stream = false, std::uint32_t number = 0) {
    Dispatch d;
    d.attempt = attempt;
    d.engine = number;
    d.body_bytes = body_bytes;
    d.stream = stream;
    d.first_byte_ms = first_byte_ms;
    d.stall_ms = 900;
    d.tenant = "team-a";
    apply(AcceptJob{link_id, d});
  }
  void apply(WorkerEffect effect) {
    runner.apply({std::move(effect)}, [this] { ++drained; });
  }
  void body(const std::string& text) {
    runner.on_data(link_id, attempt.stream(), DataKind::body, bytes_of(text));
  }
  /// A job that runs, its whole body on the engine.
  void run(bool stream = false) {
    accept(5, stream);
    body("hello");
  }

  FakeLink link;
  FakeWorker worker;
  FakeEngine engine;
  JobRunner runner;
  int drained = 0;
  std::uint32_t first_byte_ms = 1'500;
};

}  // namespace weir::test
