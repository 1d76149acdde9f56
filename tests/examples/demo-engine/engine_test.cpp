#include "examples/demo-engine/engine.hpp"

#include <doctest/doctest.h>
#include <vector>

namespace {

using namespace weir::demo;

template <class F>
bool until(asio::io_context& io, F done) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{5};
  while (!done() && std::chrono::steady_clock::now() < end) {
    io.restart();
    io.run_one_for(std::chrono::milliseconds{1});
  }
  return done();
}

Job endless() {
  Job job;
  job.stalls = true;
  return job;
}

}  // namespace

TEST_CASE("demo engine: more jobs than slots wait in the order they came") {
  asio::io_context io;
  Engine engine{io, 1, {0, 0}};
  std::vector<int> order;
  for (int i = 0; i < 4; ++i) {
    Job job;
    job.on_done = [&order, i] { order.push_back(i); };
    engine.submit(std::move(job));
  }
  CHECK(order.empty());
  CHECK(engine.stats().running == 1);
  CHECK(engine.stats().waiting == 3);
  REQUIRE(until(io, [&] { return order.size() == 4; }));
  CHECK(order == std::vector<int>{0, 1, 2, 3});
  CHECK(engine.stats().served == 4);
  CHECK(engine.stats().peak == 1);
}

TEST_CASE("demo engine: a cancelled job frees its slot at once, running or waiting") {
  asio::io_context io;
  Engine engine{io, 1, {}};
  const auto running = engine.submit(endless());
  const auto waiting = engine.submit(endless());
  const auto last = engine.submit(endless());
  engine.cancel(waiting);
  CHECK(engine.stats().waiting == 1);
  engine.cancel(running);
  engine.cancel(running);
  CHECK(engine.stats().waiting == 0);
  CHECK(engine.stats().running == 1);
  engine.cancel(last);
  CHECK(engine.stats().running == 0);
  CHECK(engine.stats().cancelled == 3);
}

TEST_CASE("demo engine: tokens take prefill time once and decode time each") {
  asio::io_context io;
  Engine engine{io, 1, {1000, 200}};
  const auto began = std::chrono::steady_clock::now();
  std::vector<double> at;
  bool done = false;
  Job job;
  job.prompt_tokens = 50;
  job.tokens = 5;
  job.token_by_token = true;
  job.on_token = [&](std::uint32_t index) {
    CHECK(index == at.size());
    at.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
    return true;
  };
  job.on_done = [&] { done = true; };
  engine.submit(std::move(job));
  REQUIRE(until(io, [&] { return done; }));
  REQUIRE(at.size() == 5);
  CHECK(at[0] >= 0.050);
  CHECK(at[4] >= 0.070);
}

TEST_CASE("demo engine: a token that is not taken comes again, and none is lost") {
  asio::io_context io;
  Engine engine{io, 1, {0, 0}};
  std::vector<std::uint32_t> taken;
  int refusals = 0;
  bool done = false;
  Job job;
  job.tokens = 4;
  job.token_by_token = true;
  job.on_token = [&](std::uint32_t index) {
    if (index == 2 && ++refusals < 4) return false;
    taken.push_back(index);
    return true;
  };
  job.on_done = [&] { done = true; };
  engine.submit(std::move(job));
  REQUIRE(until(io, [&] { return done; }));
  CHECK(taken == std::vector<std::uint32_t>{0, 1, 2, 3});
  CHECK(refusals == 4);
}

TEST_CASE("demo engine: a job cancelled within its own token says nothing more") {
  asio::io_context io;
  Engine engine{io, 1, {0, 0}};
  std::uint64_t id = 0;
  int tokens = 0;
  bool done = false;
  Job job;
  job.tokens = 10;
  job.token_by_token = true;
  job.on_token = [&](std::uint32_t) {
    if (++tokens == 3) engine.cancel(id);
    return true;
  };
  job.on_done = [&] { done = true; };
  id = engine.submit(std::move(job));
  CHECK(until(io, [&] { return engine.stats().running == 0; }));
  until(io, [&] { return io.poll() == 0; });
  CHECK(tokens == 3);
  CHECK_FALSE(done);
}
