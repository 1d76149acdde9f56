// A cloud proxy's job runner: nothing reaches an engine that the checkpoint did not let through.
#include "tests/node-agent/engines/cleared.hpp"
#include "tests/node-agent/engines/runner_world.hpp"

using namespace weir;
using weir::engines::CloudMetrics;
using namespace weir::test;

namespace {

/// Takes notes; the test answers.
struct FakeCheckpoint : ports::Checkpoint {
  void learn(std::uint64_t incarnation, const GuardKey& key) override {
    learnt.emplace_back(incarnation, key);
  }
  void check(Arrived what, std::function<void(Result<Cleared>)> done) override {
    arrived.push_back(std::move(what));
    answers.push_back(std::move(done));
  }
  void pass(std::size_t n = 0) {
    ClearanceTerms terms;
    terms.attempt = attempt;
    answers[n](domain::Checkpoint::pass(arrived[n].body, terms));
  }
  void deny(const std::string& why, std::size_t n = 0) {
    answers[n](Error{Code::grade_forbids_cloud, why});
  }

  std::vector<std::pair<std::uint64_t, GuardKey>> learnt;
  std::vector<Arrived> arrived;
  std::vector<std::function<void(Result<Cleared>)>> answers;
};

struct Proxy : World {
  explicit Proxy(RunnerLimits limits = {}) : World{limits} {
    runner.check_with(checkpoint, counts);
  }
  bool counted(const std::string& line) const {
    return metrics.render().find(line + "\n") != std::string::npos;
  }
  Finish finished() const {
    REQUIRE(link.all<Finish>().size() == 1);
    return link.all<Finish>()[0];
  }

  FakeCheckpoint checkpoint;
  telemetry::Metrics metrics;
  CloudMetrics counts{metrics};
};

}  // namespace

TEST_CASE("proxy: a whole body goes to the checkpoint, and what it lets through to the engine") {
  Proxy p;
  p.accept(5);
  p.body("hel");
  CHECK(p.checkpoint.arrived.empty());
  p.body("lo");
  REQUIRE(p.checkpoint.arrived.size() == 1);
  CHECK(p.checkpoint.arrived[0].body == "hello");
  CHECK(p.checkpoint.arrived[0].dispatch.attempt == attempt);
  CHECK(p.engine.started == 0);
  p.checkpoint.pass();
  REQUIRE(p.engine.started == 1);
  CHECK(p.engine.job.body.empty());
  REQUIRE(p.engine.job.cleared);
  CHECK(std::move(*p.engine.job.cleared).take_bytes() == "hello");
  CHECK(p.engine.job.attempt == attempt);
  CHECK(p.engine.job.stall_max == Millis{900});
}

TEST_CASE("proxy: what the checkpoint denies ends here, typed and counted, and blames no engine") {
  Proxy p;
  p.run();
  p.checkpoint.deny("digest: the bytes are not those that were cleared");
  CHECK(p.engine.started == 0);
  const auto finish = p.finished();
  REQUIRE(finish.error);
  CHECK(finish.error->code == Code::grade_forbids_cloud);
  CHECK(finish.bytes == 0);
  CHECK_FALSE(p.worker.ended().at(0).failed);
  CHECK(p.counted("weir_clearance_refused_total{reason=\"digest\"} 1"));
  CHECK(p.runner.jobs() == 0);
}

TEST_CASE("proxy: a job that ended while it was checked is not sent, whatever the answer") {
  for (const bool passes : {true, false}) {
    Proxy p;
    p.run();
    p.apply(StopJob{attempt, CancelReason::client_gone});
    CHECK(p.finished().error->code == Code::cancelled);
    passes ? p.checkpoint.pass() : p.checkpoint.deny("grade");
    CHECK(p.engine.started == 0);
    CHECK(p.link.all<Finish>().size() == 1);
    CHECK(p.worker.ended().size() == 1);
  }
}

TEST_CASE("proxy: a late answer is not taken for that of a new job of the same name") {
  Proxy p;
  p.run();
  p.apply(StopJob{attempt, CancelReason::client_gone});
  p.run();
  p.checkpoint.pass(0);
  CHECK(p.engine.started == 0);
  p.checkpoint.pass(1);
  CHECK(p.engine.started == 1);
}

TEST_CASE("proxy: bytes that come after the whole body change nothing") {
  Proxy p;
  p.run();
  p.body("more");
  CHECK(p.checkpoint.arrived.size() == 1);
  CHECK(p.link.all<Finish>().empty());
  p.checkpoint.pass();
  CHECK(std::move(*p.engine.job.cleared).take_bytes() == "hello");
}

TEST_CASE("proxy: the time for the first byte runs on while a body is checked") {
  Proxy p;
  p.first_byte_ms = 100;
  p.run();
  p.runner.sweep(JobRunner::Clock::now() + Millis{200});
  CHECK(p.finished().error->code == Code::timed_out);
  p.checkpoint.pass();
  CHECK(p.engine.started == 0);
}

TEST_CASE("proxy: a body beyond what can be checked is refused before a byte of it is taken") {
  Proxy p;
  p.accept(cloud_body_bytes_max + 1);
  CHECK(p.link.all<Accept>().empty());
  CHECK(p.finished().error->code == Code::grade_forbids_cloud);
  CHECK(p.counted("weir_clearance_refused_total{reason=\"length\"} 1"));
  Proxy exact;
  exact.accept(cloud_body_bytes_max);
  CHECK(exact.link.all<Accept>().size() == 1);
}

TEST_CASE("proxy: a body counts against the room for bodies until it was checked") {
  RunnerLimits limits;
  limits.bodies_bytes_max = 5;
  Proxy p{limits};
  p.run();
  const auto next = [&] {
    Dispatch d;
    d.attempt = {attempt.incarnation, RequestId{43}, 1};
    d.body_bytes = 1;
    p.apply(AcceptJob{link_id, d});
    return p.link.all<Accept>().size();
  };
  CHECK(next() == 1);
  CHECK(p.finished().error->detail == "too many bodies at once");
  p.checkpoint.pass();
  CHECK(next() == 2);
}

TEST_CASE("proxy: a coordinator's key goes to the checkpoint alone, with its incarnation") {
  Proxy p;
  GuardKey key;
  key.key[0] = 9;
  const auto told = p.worker.events.size();
  p.runner.on_message(link_id, key);
  REQUIRE(p.checkpoint.learnt.size() == 1);
  CHECK(p.checkpoint.learnt[0].first == attempt.incarnation);
  CHECK(p.checkpoint.learnt[0].second.key[0] == 9);
  p.runner.on_message(LinkId{99}, key);  // a link that is not up says nothing
  CHECK(p.checkpoint.learnt.size() == 1);
  CHECK(p.worker.events.size() == told);
  World local;
  const auto before = local.worker.events.size();
  local.runner.on_message(link_id, key);
  CHECK(local.worker.events.size() == before);
}

TEST_CASE("proxy: what the worker refuses for its grade or its clearance is counted too") {
  Proxy p;
  for (const auto reason :
       {RefusalReason::grade_forbidden, RefusalReason::not_cleared, RefusalReason::no_free_slot})
    p.apply(Say{link_id, Refuse{attempt, reason, std::nullopt}});
  CHECK(p.link.all<Refuse>().size() == 3);
  CHECK(p.counted("weir_clearance_refused_total{reason=\"grade_forbidden\"} 1"));
  CHECK(p.counted("weir_clearance_refused_total{reason=\"not_cleared\"} 1"));
  CHECK(p.metrics.render().find("no_free_slot") == std::string::npos);
}

TEST_CASE("cloud metrics: no label is made of words that are not ours") {
  telemetry::Metrics metrics;
  CloudMetrics counts{metrics};
  counts.refused("");
  counts.refused("\"} evil 1\n");
  counts.refused("Digest");
  counts.refused(std::string(100, 'a'));
  CHECK(metrics.render().find("weir_clearance_refused_total{reason=\"other\"} 4\n") !=
        std::string::npos);
}
