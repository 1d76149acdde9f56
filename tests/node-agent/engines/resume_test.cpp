// Answers whose link was lost: kept for a while, and sent again from where the coordinator is.
#include "tests/node-agent/engines/runner_world.hpp"

using namespace weir;
using namespace weir::test;

namespace {

constexpr LinkId fresh{2};

/// A running stream that has said "abc".
struct Streaming : World {
  explicit Streaming(RunnerLimits limits = {}) : World{limits} {
    run(true);
    engine.answer.on_begin(200, "text/event-stream");
    say("abc");
  }
  void say(const std::string& text) { engine.answer.on_bytes(bytes_of(text)); }
  void lose() { runner.on_down(link_id, "test"); }
  void back(std::uint64_t incarnation = attempt.incarnation) {
    Hello hello;
    hello.incarnation = incarnation;
    link.written.clear();
    link.sent.clear();
    link.to.clear();
    runner.on_up(fresh, {}, hello);
  }
  void resume(std::uint64_t offset) { runner.on_message(fresh, Resume{attempt, offset, 0}); }
};

}  // namespace

TEST_CASE("resume: bytes that the coordinator lacks are sent again, no byte twice") {
  for (const std::uint64_t offset : {0, 1, 3, 5}) {
    Streaming s;
    s.lose();
    s.say("de");
    REQUIRE(s.runner.progress().size() == 1);
    CHECK(s.runner.progress()[0].next_offset == 5);
    s.back();
    s.resume(offset);
    s.say("f");
    CHECK(s.link.written == std::string{"abcdef"}.substr(offset));
    s.engine.answer.on_end(Done{}, 0);
    REQUIRE(s.link.all<Finish>().size() == 1);
    CHECK(s.link.all<Finish>()[0].bytes == 6);
  }
}

TEST_CASE("resume: nothing is written to a link that is gone, and its engine pauses in time") {
  Streaming s;
  s.lose();
  s.link.written.clear();
  s.say(std::string(64 * 1024, 'x'));
  CHECK(s.engine.pauses.empty());
  s.say("y");
  CHECK(s.engine.pauses == std::vector<bool>{true});
  CHECK(s.link.written.empty());
  s.back();
  s.resume(3);
  CHECK(s.link.written.size() == 64 * 1024 + 1);
  CHECK(s.engine.pauses == std::vector<bool>{true, false});
}

TEST_CASE("resume: an answer that ended while its link was gone is still there") {
  Streaming s;
  s.lose();
  s.say("de");
  s.engine.answer.on_end(Done{}, 0);
  CHECK(s.worker.ended().size() == 1);  // its slot is free
  REQUIRE(s.runner.progress().size() == 1);
  s.back();
  s.resume(2);
  CHECK(s.link.written == "cde");
  REQUIRE(s.link.all<Finish>().size() == 1);
  CHECK_FALSE(s.link.all<Finish>()[0].error);
  CHECK(s.runner.progress().empty());
}

TEST_CASE("resume: an answer whose end went under with its link is still there") {
  Streaming s;
  s.engine.answer.on_end(Done{}, 0);
  CHECK(s.runner.progress().empty());  // its link is up: it is on its way
  s.lose();
  REQUIRE(s.runner.progress().size() == 1);
  s.back();
  s.resume(0);
  CHECK(s.link.written == "abc");
  CHECK(s.link.all<Finish>().size() == 1);
}

TEST_CASE(
    "resume: an answer that failed while its link was gone, or is forgotten, ends all the same") {
  Streaming failed;
  failed.lose();
  failed.engine.answer.on_end(Error{Code::upstream_failed, "it broke"}, 0);
  REQUIRE(failed.runner.progress().size() == 1);
  failed.back();
  failed.resume(3);
  REQUIRE(failed.link.all<Finish>().size() == 1);
  CHECK(failed.link.all<Finish>()[0].error->code == Code::upstream_failed);

  Streaming gone{{.linger = Millis{0}}};
  gone.lose();
  gone.engine.answer.on_end(Done{}, 0);
  gone.runner.sweep(JobRunner::Clock::now() + Millis{1});
  gone.back();
  gone.resume(2);
  REQUIRE(gone.link.all<Finish>().size() == 1);
  CHECK(gone.link.all<Finish>()[0].error);
  CHECK(gone.link.all<Finish>()[0].bytes == 2);
}

TEST_CASE("resume: ended answers are dropped after a while, by a Cancel, and when there are many") {
  Streaming late{{.linger = Millis{0}}};
  late.engine.answer.on_end(Done{}, 0);
  late.lose();
  late.runner.sweep(JobRunner::Clock::now() + Millis{1});
  CHECK(late.runner.progress().empty());

  Streaming cancelled;
  cancelled.engine.answer.on_end(Done{}, 0);
  cancelled.lose();
  cancelled.back();
  cancelled.runner.on_message(fresh, Cancel{attempt, CancelReason::unknown_attempt});
  CHECK(cancelled.runner.progress().empty());

  Streaming many{{.linger_bytes_max = 2}};
  many.engine.answer.on_end(Done{}, 0);
  many.lose();
  CHECK(many.runner.progress().empty());
}

TEST_CASE("resume: an offset that is no longer kept ends the attempt with a typed error") {
  Streaming s;
  for (int i = 0; i < 6; ++i) s.say(std::string(256 * 1024, 'x'));
  s.lose();
  s.back();
  s.resume(3);
  CHECK(s.engine.cancelled == 1);
  REQUIRE(s.link.all<Finish>().size() == 1);
  CHECK(s.link.all<Finish>()[0].error);
}

TEST_CASE("resume: asked for twice on one link, the answer is sent once") {
  Streaming s;
  s.lose();
  s.back();
  s.resume(0);
  s.resume(0);
  CHECK(s.link.written == "abc");
  s.engine.answer.on_end(Done{}, 0);
  s.resume(0);
  CHECK(s.link.written == "abc");
  CHECK(s.link.all<Finish>().size() == 1);
}

TEST_CASE("resume: what is cancelled on the new link says its end there") {
  Streaming s;
  s.lose();
  s.back();
  s.runner.on_message(fresh, Cancel{attempt, CancelReason::client_gone});
  s.apply(StopJob{attempt, CancelReason::client_gone});
  CHECK(s.link.to == std::vector<LinkId>{fresh});
  CHECK(s.link.all<Finish>().size() == 1);
}

TEST_CASE("resume: another coordinator's Resume is of no effect") {
  Streaming s;
  s.lose();
  s.back(99);
  s.resume(0);
  CHECK(s.link.written.empty());
  CHECK(s.runner.progress().size() == 1);
}
