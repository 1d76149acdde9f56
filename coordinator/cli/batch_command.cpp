#include "coordinator/cli/batch_run.hpp"
#include "coordinator/cli/batch_text.hpp"
#include "coordinator/cli/commands.hpp"
#include "coordinator/cli/interrupt.hpp"
#include "coordinator/cli/line_reader.hpp"
#include "schema/types/grade.hpp"

#include <CLI/CLI.hpp>

#include <atomic>
#include <filesystem>
#include <memory>
#include <system_error>

namespace weir::cli {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds look_every{100}, draw_every{200}, say_every{10'000}, json_every{2'000};
constexpr milliseconds sync_every{2'000};
constexpr milliseconds queue_patience{600'000};  ///< a line's X-Weir-Deadline-Ms
constexpr milliseconds answer_patience{1'800'000};

struct BatchFlags {
  std::string file, out, grade;
  std::uint32_t concurrency = 16;
  std::uint32_t patience_s = 600;
};

std::uint64_t ms_since(Clock::time_point begun) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<milliseconds>(Clock::now() - begun).count());
}

/// Progress where it can be seen: a line that is drawn anew on a terminal, lines elsewhere.
class Teller {
 public:
  explicit Teller(const Globals& globals)
      : json_{globals.json}, terminal_{!globals.json && is_terminal(stderr)} {}

  void checking(std::uint64_t bytes, std::uint64_t size) {
    if (!terminal_ || !due(draw_every)) return;
    draw("checking " + std::to_string(size == 0 ? 100 : bytes * 100 / size) + "%");
  }
  void progress(const BatchCounts& counts, const BatchRates& rates, bool stopping) {
    if (!due(terminal_ ? draw_every : json_ ? json_every : say_every)) return;
    if (json_) {
      put(stdout, progress_json(counts, rates));
    } else if (terminal_ && stopping) {
      draw(clip("finishing " + grouped(counts.running) + " running; Ctrl-C again leaves them",
                room().width));
    } else if (terminal_) {
      draw(progress_bar(counts, rates, room()));
    } else {
      put(stderr, progress_text(counts, rates) + "\n");
    }
  }
  void clear() {
    if (std::exchange(drawn_, false)) put(stderr, "\r\x1b[K");
  }
  void note(const std::string& line) {
    clear();
    if (!json_) put(stderr, line + "\n");
  }

 private:
  bool due(milliseconds every) {
    const auto now = Clock::now();
    if (now - last_ < every) return false;
    last_ = now;
    return true;
  }
  /// Some columns stay free: for the "^C" that terminals show, and since they differ in what a
  /// full line does.
  static Look room() {
    auto look = look_of(stderr);
    look.width -= std::min<std::size_t>(look.width - 1, 3);
    return look;
  }
  void draw(const std::string& line) {
    put(stderr, "\r" + line + "\x1b[K");
    drawn_ = true;
  }

  bool json_, terminal_, drawn_ = false;
  Clock::time_point last_ = Clock::now();
};

class Batch {
 public:
  Batch(const Globals& globals, const BatchFlags& flags)
      : globals_{globals}, flags_{flags}, teller_{globals}, interrupt_{[this] { ++stops_; }} {}

  int run() {
    end_.file = flags_.file;
    end_.out = flags_.out.empty() ? default_out(flags_.file) : flags_.out;
    std::error_code ignored;
    const auto size = fs::file_size(flags_.file, ignored);
    auto plan = BatchPlan::read(flags_.file, [&](std::uint64_t bytes) {
      teller_.checking(bytes, size);
      return stops_ == 0;
    });
    teller_.clear();
    if (!plan) return report(plan.error(), globals_);
    if (plan->problems_total() != 0) return refuse(*plan);
    std::uint64_t strangers = 0;
    auto output = BatchOutput::open(end_.out, flags_.file, [&](const AnsweredLine& line) {
      if (!plan->mark_done(line.custom_id)) ++strangers;
    });
    if (!output) return report(output.error(), globals_);
    plan->forget_ids();
    tell_start(*plan, *output, strangers);
    if (plan->done() == plan->requests()) {
      end_.counts.total = end_.counts.before = plan->requests();
      return finish();
    }
    return send_all(*plan, *output);
  }

 private:
  int refuse(const BatchPlan& plan) {
    if (globals_.json) {
      put(stdout, problems_json(flags_.file, plan.problems(), plan.problems_total()));
      return exit_usage;
    }
    for (const auto& problem : plan.problems()) put(stderr, printable(problem) + "\n");
    if (const auto more = plan.problems_total() - plan.problems().size(); more != 0)
      put(stderr, "… and " + grouped(more) + " more\n");
    put(stderr, "weir: nothing was sent\n");
    return exit_usage;
  }

  void tell_start(const BatchPlan& plan, const BatchOutput& output, std::uint64_t strangers) {
    const auto out = printable(end_.out);
    if (output.cut_bytes() != 0)
      teller_.note(out + ": cut a torn last line of " + bytes_text(output.cut_bytes()));
    if (strangers != 0)
      teller_.note(out + ": " + grouped(strangers) + " lines answer nothing in " +
                   printable(flags_.file));
    if (plan.done() != 0 && plan.done() != plan.requests())
      teller_.note("resuming: " + grouped(plan.done()) + " of " + grouped(plan.requests()) +
                   " are in " + out);
  }

  client::Client make_client() const {
    client::Options options;
    options.urls = split_commas(globals_.urls);
    options.api_key = globals_.api_key;
    options.timeouts.first_byte = answer_patience;
    options.retries.attempts_max = 1;  // BatchRun tries again, and counts
    return client::Client{std::move(options)};
  }

  BatchReply send(client::Client& client, const BatchJob& job) {
    client::RawRequest request;
    request.path = job.line.url;
    request.body = job.line.body;
    request.priority = client::Priority::batch;
    request.deadline = queue_patience;
    request.idempotency_key = job.key;
    if (const auto grade = parse_grade(flags_.grade))
      request.grade = static_cast<client::Grade>(*grade);
    auto answer = client.request(request, token_);
    if (!answer) {
      const auto& error = answer.error();
      return {0, error.request_id, {}, error.code, error.message, error.retry_after};
    }
    BatchReply reply{answer->status,     answer->request_id, std::move(answer->body), {}, {},
                     answer->retry_after};
    if (reply.status < 200 || reply.status >= 300) {
      answer->body = reply.body;
      const auto error = client::error_of(*answer);
      reply.code = error.code;
      reply.message = error.message;
    }
    return reply;
  }

  int send_all(BatchPlan& plan, BatchOutput& output) {
    auto client = make_client();
    if (const auto there = client.get("/v1/models", token_); !there)
      return report(there.error(), globals_);
    auto input = LineReader::open(flags_.file, batch_line_bytes_max);
    if (!input) return report(input.error(), globals_);
    BatchLimits limits;
    limits.concurrency = flags_.concurrency;
    limits.patience = std::chrono::seconds{flags_.patience_s};
    BatchRun run{plan, *input, output, [&](const BatchJob& job) { return send(client, job); },
                 limits};
    const auto begun = Clock::now();
    run.start();
    watch(run, output, begun);
    store(run, output);
    end_.elapsed_ms = ms_since(begun);
    end_.counts = run.counts();
    end_.given_up = run.given_up();
    end_.failure = run.failure();
    return finish();
  }

  void watch(BatchRun& run, const BatchOutput& output, Clock::time_point begun) {
    BatchPace pace;
    int stops = 0;
    auto synced = Clock::now();
    pace.note(0, run.counts());
    while (!run.wait_for(look_every)) {
      if (const int now = stops_; now != stops) {
        if (now > 1) {
          run.cut();
          token_.cancel();
        } else {
          run.stop();
          teller_.note("stopping: what runs may finish; Ctrl-C again leaves it");
        }
        stops = now;
      }
      const auto counts = run.counts();
      pace.note(ms_since(begun), counts);
      teller_.progress(counts, pace.rates(counts), stops != 0);
      if (Clock::now() - synced < sync_every) continue;
      store(run, output);
      synced = Clock::now();
    }
    end_.stopped = stops_ != 0;
    teller_.clear();
  }

  static void store(BatchRun& run, const BatchOutput& output) {
    if (const auto stored = output.sync(); !stored) run.fail(stored.error().detail);
  }

  int finish() {
    const auto look = look_of(stdout);
    put(stdout, globals_.json ? summary_json(end_) : summary_text(end_, look));
    return complete(end_) ? exit_done : exit_failed;
  }

  const Globals& globals_;
  const BatchFlags& flags_;
  Teller teller_;
  client::CancelToken token_;
  std::atomic<int> stops_ = 0;
  Interrupt interrupt_;
  BatchEnd end_;
};

}  // namespace

void add_batch_command(CLI::App& app, const Globals& globals, Action& action) {
  const auto flags = std::make_shared<BatchFlags>();
  auto* command = app.add_subcommand("batch", "send the requests of a file; run again, it goes on");
  command->add_option("FILE", flags->file, "requests, one JSON object a line, as OpenAI's batches")
      ->type_name("")
      ->required();
  command->add_option("--out", flags->out, "answers; absent: FILE without .jsonl, .out.jsonl")
      ->type_name("FILE");
  command->add_option("--grade", flags->grade, "the data's grade; absent: as configured")
      ->check(CLI::IsMember({"P0", "P1", "P2"}, CLI::ignore_case));
  command->add_option("--concurrency", flags->concurrency, "requests that run at once")
      ->check(CLI::Range(1U, batch_concurrency_max))
      ->capture_default_str()
      ->type_name("N");
  command
      ->add_option("--patience", flags->patience_s,
                   "seconds without any answer after which it stops")
      ->check(CLI::Range(0U, 86'400U))
      ->capture_default_str()
      ->type_name("N");
  command->callback([&globals, &action, flags] {
    action = [&globals, flags] { return Batch{globals, *flags}.run(); };
  });
}

}  // namespace weir::cli
