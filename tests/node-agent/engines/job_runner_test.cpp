#include "tests/node-agent/engines/runner_world.hpp"

#include <doctest/doctest.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>
#include <map>
#include <sstream>

using namespace weir;
using namespace weir::test;

namespace {

/// Spins until the clock by which a job's age is measured has moved by `time`.
void outlast(Millis time) {
  const auto end = JobRunner::Clock::now() + time;
  while (JobRunner::Clock::now() < end) {}
}

/// What is logged while it lives.
struct Log {
  Log() {
    spdlog::set_default_logger(std::make_shared<spdlog::logger>(
        "test", std::make_shared<spdlog::sinks::ostream_sink_mt>(text)));
  }
  ~Log() { spdlog::set_default_logger(before); }
  std::shared_ptr<spdlog::logger> before = spdlog::default_logger();
  std::ostringstream text;
};

}  // namespace

TEST_CASE("runner: a body that arrived in pieces goes to the engine whole, with its limits") {
  World w;
  w.accept(5);
  CHECK(w.link.all<Accept>().size() == 1);
  w.body("he");
  CHECK(w.engine.started == 0);
  w.body("llo");
  CHECK(w.engine.started == 1);
  CHECK(w.engine.job.body == "hello");
  CHECK(w.engine.job.first_byte_max <= Millis{1'500});
  CHECK(w.engine.job.first_byte_max > Millis{500});
  CHECK(w.engine.job.stall_max == Millis{900});
  CHECK(w.engine.job.tenant == "team-a");
  CHECK(w.link.credited == 5);
}

TEST_CASE("runner: an answer is begin, bytes, finish with usage, and the worker learns its end") {
  World w;
  w.run();
  w.engine.answer.on_begin(200, "application/json");
  const std::string answer = R"({"usage":{"prompt_tokens":3,"completion_tokens":4}})";
  w.engine.answer.on_bytes(bytes_of(answer));
  w.engine.answer.on_end(Done{}, 0);
  CHECK(w.link.all<Begin>().at(0).content_type == "application/json");
  CHECK(w.link.written == answer);
  const auto finish = w.link.all<Finish>().at(0);
  CHECK_FALSE(finish.error);
  CHECK(finish.bytes == answer.size());
  CHECK(finish.usage.completion == Tokens{4});
  REQUIRE(w.worker.ended().size() == 1);
  CHECK_FALSE(w.worker.ended()[0].failed);
  CHECK(w.runner.jobs() == 0);
}

TEST_CASE("runner: a stream's usage is found in its last events") {
  World w;
  w.run(true);
  w.engine.answer.on_begin(200, "text/event-stream");
  for (int i = 0; i < 1'000; ++i)
    w.engine.answer.on_bytes(bytes_of("data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n"));
  w.engine.answer.on_bytes(bytes_of("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,"));
  w.engine.answer.on_bytes(bytes_of("\"completion_tokens\":1000}}\n\ndata: [DONE]\n\n"));
  w.engine.answer.on_end(Done{}, 0);
  CHECK(w.link.all<Finish>().at(0).usage.completion == Tokens{1'000});
}

TEST_CASE("runner: an engine's failure is a finish with an error, its status, and nobody's text") {
  World w;
  w.run();
  w.engine.answer.on_end(Error{Code::upstream_failed, "the engine answered 503"}, 503);
  const auto finish = w.link.all<Finish>().at(0);
  CHECK(finish.error->code == Code::upstream_failed);
  CHECK(finish.engine_status == 503);
  CHECK(w.worker.ended().at(0).failed);
}

TEST_CASE("runner: timeouts and broken connections of an engine are its failure") {
  for (const auto code : {Code::timed_out, Code::unreachable}) {
    World w;
    w.run();
    w.engine.answer.on_end(Error{code, "x"}, 0);
    CHECK(w.link.all<Finish>().at(0).error->code == Code::upstream_failed);
    CHECK(w.worker.ended().at(0).failed);
  }
}

TEST_CASE("runner: a stop ends the engine's call, says cancelled once, and blames nobody") {
  for (const bool started : {false, true}) {
    CAPTURE(started);
    World w;
    w.accept(5);
    if (started) w.body("hello");
    w.apply(StopJob{attempt, CancelReason::client_gone});
    CHECK(w.engine.cancelled == (started ? 1 : 0));
    CHECK(w.link.forgotten == 1);
    REQUIRE(w.link.all<Finish>().size() == 1);
    CHECK(w.link.all<Finish>()[0].error->code == Code::cancelled);
    REQUIRE(w.worker.ended().size() == 1);
    CHECK_FALSE(w.worker.ended()[0].failed);
    w.apply(StopJob{attempt, CancelReason::client_gone});
    w.body("hello");
    CHECK(w.worker.ended().size() == 1);
    CHECK(w.link.all<Finish>().size() == 1);
  }
}

TEST_CASE("runner: a body longer than announced ends the job") {
  World w;
  w.accept(5);
  w.body("hello!");
  CHECK(w.engine.started == 0);
  CHECK(w.link.all<Finish>().at(0).error);
  CHECK(w.worker.ended().size() == 1);
}

TEST_CASE("runner: bodies are bounded together, and their room is given back") {
  RunnerLimits limits;
  limits.bodies_bytes_max = 6;
  World w{limits};
  w.accept(7);
  CHECK(w.link.all<Accept>().empty());
  CHECK(w.link.all<Finish>().at(0).error->code == Code::queue_full);
  for (int i = 0; i < 5; ++i) {
    w.run();
    w.engine.answer.on_end(Done{}, 0);
  }
  CHECK(w.engine.started == 5);
}

TEST_CASE("runner: the engine gets what the body has left of the time for the first byte") {
  World w;
  w.first_byte_ms = 60'000;
  w.accept(5);
  outlast(Millis{30});
  w.body("hello");
  CHECK(w.engine.job.first_byte_max <= Millis{59'970});
  World late;
  late.first_byte_ms = 20;
  late.accept(5);
  outlast(Millis{30});
  late.body("hello");
  CHECK(late.engine.started == 0);
  CHECK(late.link.all<Finish>().at(0).error->code == Code::timed_out);
  CHECK_FALSE(late.worker.ended().at(0).failed);  // not the engine's fault
}

TEST_CASE("runner: a body may take long as long as it moves") {
  RunnerLimits limits;
  limits.body_max = Millis{10'000};
  World w{limits};
  w.first_byte_ms = 3'600'000;
  w.accept(5);
  outlast(Millis{30});
  w.body("he");
  const auto moved = JobRunner::Clock::now();
  w.runner.sweep(moved + std::chrono::milliseconds(9'990));  // 10.02 s after Accept
  CHECK(w.worker.ended().empty());
  w.runner.sweep(moved + std::chrono::seconds(11));
  CHECK(w.worker.ended().size() == 1);
}

TEST_CASE("runner: a body still coming when the first byte is due ends the job") {
  World w;
  w.accept(5);
  w.body("he");
  w.runner.sweep(JobRunner::Clock::now() + std::chrono::milliseconds(1'400));
  CHECK(w.worker.ended().empty());
  w.runner.sweep(JobRunner::Clock::now() + std::chrono::milliseconds(1'600));
  CHECK(w.worker.ended().size() == 1);
}

TEST_CASE("runner: a body that does not come ends the job at the limit") {
  World w;
  w.first_byte_ms = 60'000;
  w.accept(5);
  w.runner.sweep(JobRunner::Clock::now() + std::chrono::seconds(9));
  CHECK(w.worker.ended().empty());
  w.runner.sweep(JobRunner::Clock::now() + std::chrono::seconds(11));
  CHECK(w.worker.ended().size() == 1);
}

TEST_CASE("runner: an engine is paused while the link is full and goes on when it drained") {
  World w;
  w.run();
  w.link.unsent = 300 * 1024;
  w.engine.answer.on_bytes(bytes_of("x"));
  w.engine.answer.on_bytes(bytes_of("x"));
  CHECK(w.engine.pauses == std::vector<bool>{true});
  w.runner.on_drained(link_id, attempt.stream());
  w.runner.on_drained(link_id, attempt.stream());
  CHECK(w.engine.pauses == std::vector<bool>{true, false});
}

TEST_CASE("runner: an unknown engine fails the job; bytes of another link's stream are nobody's") {
  World w;
  w.accept(5, false, 9);
  w.runner.on_data(LinkId{2}, attempt.stream(), DataKind::body, bytes_of("hello"));
  CHECK(w.worker.ended().empty());
  w.body("hello");
  CHECK(w.link.all<Finish>().at(0).error->code == Code::upstream_failed);
}

TEST_CASE("runner: a hello names the attempts whose link is gone, not those of another's") {
  World w;
  w.run();
  w.engine.answer.on_begin(200, "text/event-stream");
  w.engine.answer.on_bytes(bytes_of("xyz"));
  CHECK(w.runner.progress().empty());
  CHECK(w.runner.links() == 1);
  w.runner.on_down(link_id, "test");
  REQUIRE(w.runner.progress().size() == 1);
  CHECK(w.runner.progress()[0].attempt == attempt);
  CHECK(w.runner.progress()[0].next_offset == 3);
  CHECK(w.runner.links() == 0);
}

TEST_CASE("runner: a cancel drops what an ended job still had to send") {
  World w;
  w.run();
  w.engine.answer.on_bytes(bytes_of("xyz"));
  w.runner.on_message(link_id, Cancel{attempt, CancelReason::slow_client});
  CHECK(w.link.forgotten == 0);  // the worker decides while it runs
  w.engine.answer.on_end(Done{}, 0);
  w.runner.on_message(link_id, Cancel{attempt, CancelReason::slow_client});
  CHECK(w.link.forgotten == 1);
}

TEST_CASE("runner: the first byte's time is that of the answer's body, not of its headers") {
  World w;
  w.run();
  w.engine.answer.on_begin(200, "text/event-stream");
  outlast(Millis{30});
  w.engine.answer.on_bytes(bytes_of("x"));
  w.engine.answer.on_end(Done{}, 0);
  CHECK(w.link.all<Finish>().at(0).timings.first_byte_ms >= 30);
}

TEST_CASE("runner: a peer's words do not write lines of the log, nor to the terminal") {
  const Log log;
  World w;
  Hello hello;
  hello.incarnation = 9;
  hello.software = "weir\n2025 forged line\x1b[2J\xc2\x9b";
  w.runner.on_up(LinkId{2}, {}, hello);
  w.runner.on_down(LinkId{2}, "a\rb");
  w.apply(InventoryCut{7, 0});
  const auto text = log.text.str();
  CHECK(text.find("weir?2025 forged line?[2J??") != std::string::npos);
  CHECK(text.find('\r') == std::string::npos);
  CHECK(std::count(text.begin(), text.end(), '\n') == 4);  // three here, and World's own link
  CHECK(text.find("7 models and 0 tenants") != std::string::npos);
}

TEST_CASE("runner: links going up and down and messages are the worker's business") {
  World w;
  w.runner.on_message(link_id, Drain{true});
  w.runner.on_down(link_id, "test");
  CHECK(std::holds_alternative<CoordinatorUp>(w.worker.events.at(0)));
  CHECK(std::holds_alternative<CoordinatorSaid>(w.worker.events.at(1)));
  CHECK(std::holds_alternative<CoordinatorDown>(w.worker.events.at(2)));
  w.apply(Drained{});
  CHECK(w.drained == 1);
}
