#include "coordinator/cli/batch_run.hpp"

#include "coordinator/cli/hash128.hpp"
#include "coordinator/cli/line_reader.hpp"

#include <algorithm>

namespace weir::cli {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr std::size_t given_up_told_max = 20;
constexpr milliseconds retry_after_max{300'000};

std::string trouble_of(const BatchReply& reply) {
  auto text = reply.code.empty() ? "http_" + std::to_string(reply.status) : reply.code;
  if (!reply.message.empty()) text += ": " + reply.message;
  return printable(text);
}

/// Doubles with each try; a half to the whole of it, so that lines do not come all at once.
milliseconds pause_after(std::uint32_t tries, const BatchLimits& limits, const Hash128& dice) {
  const auto doubled = limits.pause_first * (1U << std::min(tries - 1, 16U));
  const auto whole = std::min<milliseconds>(doubled, limits.pause_max);
  return whole / 2 + milliseconds{static_cast<std::int64_t>(
                         dice.low % static_cast<std::uint64_t>(whole.count() / 2 + 1))};
}

}  // namespace

struct BatchRun::Tries {
  std::uint32_t count = 1;
  Clock::time_point first = Clock::now();
};

BatchRun::BatchRun(BatchPlan& plan, LineReader& input, BatchOutput& output, BatchSend send,
                   BatchLimits limits)
    : plan_{plan},
      input_{input},
      output_{output},
      identity_{output.identity()},
      send_{std::move(send)},
      limits_{limits} {
  counts_.total = plan.requests();
  counts_.before = plan.done();
}

BatchRun::~BatchRun() {
  for (auto& thread : threads_) thread.join();
}

void BatchRun::start() {
  progress_at_ = Clock::now();
  working_ = static_cast<std::size_t>(
      std::min<std::uint64_t>(std::clamp(limits_.concurrency, 1U, batch_concurrency_max),
                              std::max<std::uint64_t>(1, counts_.left())));
  for (std::size_t n = working_; n > 0; --n) threads_.emplace_back([this] { work(); });
}

void BatchRun::stop() {
  const std::lock_guard lock{mutex_};
  stopping_ = true;
  changed_.notify_all();
}

void BatchRun::cut() {
  const std::lock_guard lock{mutex_};
  stopping_ = cut_ = true;
  changed_.notify_all();
}

bool BatchRun::wait_for(milliseconds longest) {
  std::unique_lock lock{mutex_};
  return changed_.wait_for(lock, longest, [this] { return working_ == 0; });
}

BatchCounts BatchRun::counts() const {
  const std::lock_guard lock{mutex_};
  return counts_;
}

std::string BatchRun::failure() const {
  const std::lock_guard lock{mutex_};
  return failure_;
}

std::vector<std::string> BatchRun::given_up() const {
  const std::lock_guard lock{mutex_};
  return given_up_;
}

void BatchRun::work() {
  BatchLine line;
  while (take(line)) {
    serve(line);
    const std::lock_guard lock{mutex_};
    --counts_.running;
  }
  const std::lock_guard lock{mutex_};
  --working_;
  changed_.notify_all();
}

bool BatchRun::take(BatchLine& line) {
  const std::lock_guard input{input_mutex_};
  {
    const std::lock_guard lock{mutex_};
    if (stopping_) return false;
  }
  while (input_.next() == LineReader::Read::line) {
    if (plan_.is_done(input_.number())) continue;
    if (input_.text().find_first_not_of(" \t\r") == std::string_view::npos) continue;
    auto parsed = parse_batch_line(input_.text());
    if (!parsed) {
      fail("line " + std::to_string(input_.number()) + " changed while the batch ran");
      return false;
    }
    line = std::move(*parsed);
    const std::lock_guard lock{mutex_};
    ++counts_.running;
    return true;
  }
  return false;
}

void BatchRun::serve(const BatchLine& line) {
  const auto key = plan_.key_of(identity_, line.custom_id);
  for (Tries tries;; ++tries.count) {
    const auto reply = send_({line, key});
    const auto verdict = verdict_of(reply);
    {
      const std::lock_guard lock{mutex_};
      if (cut_) return;
    }
    if (verdict == Verdict::keep) return keep(line, key, reply);
    if (verdict == Verdict::stop) return fail(trouble_of(reply));
    if (!again(reply, verdict, tries, line)) return;
  }
}

bool BatchRun::again(const BatchReply& reply, Verdict verdict, Tries& tries,
                     const BatchLine& line) {
  auto pause = pause_after(tries.count, limits_,
                           hash128(line.custom_id, {tries.count, line.custom_id.size()}));
  if (reply.retry_after) pause = std::clamp(*reply.retry_after, pause, retry_after_max);
  std::unique_lock lock{mutex_};
  counts_.last_trouble = trouble_of(reply);
  // Where others are answered, what this line asks for is missing; a full fleet serves it later.
  const bool others = progress_at_ > tries.first;
  const bool alone = verdict == Verdict::again || (reply.status == 503 && others);
  // A model that is not there may come back with its machine.
  const auto now = Clock::now();
  const bool missing = reply.status == 404 && others && now - tries.first >= limits_.patience;
  if ((tries.count >= limits_.tries_max && alone) || missing) {
    ++counts_.given_up;
    if (given_up_.size() < given_up_told_max)
      given_up_.push_back(printable(line.custom_id) + ": " + counts_.last_trouble);
    return false;
  }
  if (now - progress_at_ >= limits_.patience) {
    lock.unlock();
    fail("nothing was answered for " +
         duration_text(static_cast<std::uint64_t>(limits_.patience.count())) +
         "; last: " + trouble_of(reply));
    return false;
  }
  ++counts_.waiting;
  changed_.wait_for(lock, pause, [this] { return stopping_; });
  --counts_.waiting;
  return !stopping_;
}

void BatchRun::keep(const BatchLine& line, const std::string& key, const BatchReply& reply) {
  const auto text = answer_line(key, line.custom_id, reply);
  const auto tokens = tokens_of(reply.body);
  {
    const std::lock_guard output{output_mutex_};
    if (const auto put = output_.append(text); !put) return fail(put.error().detail);
  }
  const std::lock_guard lock{mutex_};
  ++(reply.status < 400 ? counts_.ok : counts_.refused);
  counts_.tokens += tokens;
  progress_at_ = Clock::now();
}

void BatchRun::fail(const std::string& why) {
  const std::lock_guard lock{mutex_};
  if (failure_.empty()) failure_ = why;
  stopping_ = true;
  changed_.notify_all();
}

}  // namespace weir::cli
