#include "coordinator/cli/batch_run.hpp"

#include "coordinator/cli/line_reader.hpp"
#include "tests/coordinator/cli/batch_file.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <map>
#include <set>

namespace {

using namespace weir::cli;
using namespace weir::cli::testing;
using std::chrono::milliseconds;
using namespace std::chrono_literals;

BatchReply reply(int status, std::string code = {}) {
  return {status, "req", "{}", std::move(code), {}, {}};
}

/// A batch of `lines` requests "0", "1", …
struct Fixture {
  explicit Fixture(int lines, BatchSend send, BatchLimits limits = quick()) {
    std::string text;
    for (int i = 0; i < lines; ++i) text += batch_line(std::to_string(i));
    file = write_file(folder, "b", text);
    plan.emplace(std::move(*BatchPlan::read(file, [](std::uint64_t) { return true; })));
    out = (folder.path / "out").string();
    output.emplace(std::move(*BatchOutput::open(
        out, file, [&](const AnsweredLine& line) { plan->mark_done(line.custom_id); })));
    input.emplace(std::move(*LineReader::open(file, batch_line_bytes_max)));
    run.emplace(*plan, *input, *output, std::move(send), limits);
  }
  static BatchLimits quick() {
    BatchLimits limits;
    limits.concurrency = 4;
    limits.pause_first = limits.pause_max = 1ms;
    limits.patience = 10s;
    return limits;
  }
  void go() {
    run->start();
    REQUIRE(run->wait_for(20s));
  }
  std::multiset<std::string> answered() const {
    std::multiset<std::string> ids;
    auto reader = LineReader::open(out, 1 << 20);
    while (reader->next() == LineReader::Read::line)
      ids.insert(parse_answer_line(reader->text())->custom_id);
    return ids;
  }

  Folder folder;
  std::string file, out;
  std::optional<BatchPlan> plan;
  std::optional<BatchOutput> output;
  std::optional<LineReader> input;
  std::optional<BatchRun> run;
};

}  // namespace

TEST_CASE("batch run: each line once, not more at once than allowed, keys never twice") {
  std::atomic<int> running = 0, most = 0;
  std::mutex mutex;
  std::set<std::string> keys;
  Fixture f{200, [&](const BatchJob& job) {
              const int now = ++running;
              most = std::max(most.load(), now);
              {
                const std::lock_guard lock{mutex};
                CHECK(keys.insert(job.key).second);
              }
              --running;
              return reply(200);
            }};
  f.go();
  const auto all = f.answered();
  CHECK(all.size() == 200);
  CHECK(std::set<std::string>(all.begin(), all.end()).size() == 200);
  CHECK(most <= 4);
  CHECK(f.run->counts().ok == 200);
  CHECK(f.run->counts().left() == 0);
}

TEST_CASE("batch run: what may pass is tried again under the same key, a 4xx is kept") {
  std::mutex mutex;
  std::map<std::string, std::set<std::string>> keys;
  std::map<std::string, int> tries;
  Fixture f{10, [&](const BatchJob& job) {
              const std::lock_guard lock{mutex};
              keys[job.line.custom_id].insert(job.key);
              if (job.line.custom_id == "3") return reply(404);
              return reply(++tries[job.line.custom_id] < 4 ? 502 : 200);
            }};
  f.go();
  CHECK(f.answered().size() == 10);
  CHECK(f.run->counts().refused == 1);
  CHECK(f.run->counts().ok == 9);
  for (const auto& [id, used] : keys) CHECK(used.size() == 1);
}

TEST_CASE("batch run: a line that fails for good is given up and not written") {
  Fixture f{10, [](const BatchJob& job) {
              return job.line.custom_id == "5" ? reply(500, "internal") : reply(200);
            }};
  f.go();
  CHECK(f.answered().size() == 9);
  CHECK(f.answered().count("5") == 0);
  CHECK(f.run->counts().given_up == 1);
  CHECK(f.run->given_up() == std::vector<std::string>{"5: internal"});
  CHECK(f.run->failure().empty());
}

TEST_CASE("batch run: a model that is away is waited for, and its line given up after patience") {
  std::atomic<int> sent = 0;
  Fixture back{4, [&](const BatchJob& job) {
                 const bool away = job.line.custom_id == "2" && ++sent < 20;
                 return away ? reply(404, "model_not_found") : reply(200);
               }};
  back.go();
  CHECK(back.answered().size() == 4);
  CHECK(back.run->counts().ok == 4);
  auto limits = Fixture::quick();
  limits.patience = 50ms;
  BatchRun* running = nullptr;
  Fixture gone{4,
               [&](const BatchJob& job) {
                 if (job.line.custom_id != "0") return reply(200);
                 while (running->counts().ok < 3) std::this_thread::yield();
                 return reply(404, "model_not_found");
               },
               limits};
  running = &*gone.run;
  gone.go();
  CHECK(gone.answered() == std::multiset<std::string>{"1", "2", "3"});
  CHECK(gone.run->given_up() == std::vector<std::string>{"0: model_not_found"});
  CHECK(gone.run->failure().empty());
}

TEST_CASE("batch run: a refused key stops everything, nothing is written") {
  std::atomic<int> sent = 0;
  Fixture f{500, [&](const BatchJob&) {
              ++sent;
              return reply(401, "unauthorized");
            }};
  f.go();
  CHECK(f.answered().empty());
  CHECK(f.run->failure() == "unauthorized");
  CHECK(sent <= 4);
}

TEST_CASE("batch run: a fleet that is away is waited for, but not longer than patience") {
  std::atomic<int> sent = 0;
  Fixture back{
      4, [&](const BatchJob&) { return ++sent < 100 ? reply(0, "unreachable") : reply(200); }};
  back.go();
  CHECK(back.answered().size() == 4);
  auto limits = Fixture::quick();
  limits.patience = 50ms;
  Fixture gone{4, [](const BatchJob&) { return reply(503, "no_capacity"); }, limits};
  gone.go();
  CHECK(gone.answered().empty());
  CHECK(gone.run->failure() == "nothing was answered for 50 ms; last: no_capacity");
}

TEST_CASE("batch run: stopped, it finishes what runs, and the next run does the rest") {
  std::atomic<int> sent = 0;
  BatchRun* running = nullptr;
  Fixture f{100, [&](const BatchJob&) {
              if (++sent == 20) running->stop();
              return reply(200);
            }};
  running = &*f.run;
  f.go();
  const auto first = f.answered().size();
  CHECK(first >= 20);
  CHECK(first < 100);
  CHECK(f.run->counts().ok == first);
  f.run.reset();
  f.output.reset();
  auto plan = BatchPlan::read(f.file, [](std::uint64_t) { return true; });
  auto output = BatchOutput::open(
      f.out, f.file, [&](const AnsweredLine& line) { CHECK(plan->mark_done(line.custom_id)); });
  auto input = LineReader::open(f.file, batch_line_bytes_max);
  BatchRun rest{*plan, *input, *output, [](const BatchJob&) { return reply(200); },
                Fixture::quick()};
  rest.start();
  REQUIRE(rest.wait_for(20s));
  CHECK(rest.counts().ok == 100 - first);
  CHECK(f.answered().size() == 100);
}
