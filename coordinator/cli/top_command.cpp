#include "coordinator/cli/commands.hpp"
#include "coordinator/cli/screen.hpp"
#include "coordinator/cli/signals.hpp"
#include "coordinator/cli/top_state.hpp"
#include "coordinator/cli/top_text.hpp"

#include <CLI/CLI.hpp>

#include <poll.h>
#include <sys/eventfd.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

namespace weir::cli {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds tick{1'000}, answer_max{3'000};

client::Client top_client(const Globals& globals) {
  client::Options options;
  options.urls = split_commas(globals.urls);
  options.api_key = globals.api_key;
  options.retries.attempts_max = 1;
  options.timeouts.connect = options.timeouts.status = options.timeouts.stall = answer_max;
  return client::Client{std::move(options)};
}

/// One look at the coordinator. Where /metrics is not served there, rates stay 0.
client::Outcome<TopRead> look_at(client::Client& client, const client::CancelToken& token) {
  TopRead read;
  auto nodes = client.get("/weir/v1/nodes", token);
  if (!nodes) return nodes.error();
  auto queues = client.get("/weir/v1/queues", token);
  if (!queues) return queues.error();
  read.nodes = std::move(*nodes);
  read.queues = std::move(*queues);
  if (auto metrics = client.get("/metrics", token)) read.metrics = std::move(*metrics);
  read.at_ms = static_cast<std::uint64_t>(
      std::chrono::duration_cast<milliseconds>(Clock::now().time_since_epoch()).count());
  return read;
}

std::int64_t unix_ms() {
  return std::chrono::duration_cast<milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// Looks once a second on a thread of its own and rings a descriptor each time.
class Watcher {
 public:
  Watcher(client::Client& client, TopHistory& history)
      : client_{client}, history_{history}, bell_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
    thread_ = std::thread{[this] { run(); }};
  }
  ~Watcher() {
    {
      const std::lock_guard lock{mutex_};
      stopping_ = true;
      changed_.notify_all();
    }
    token_.cancel();
    thread_.join();
  }
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  int bell() const { return bell_.get(); }
  /// The latest state; the bell is quiet afterwards.
  TopState state() {
    std::uint64_t rings = 0;
    [[maybe_unused]] const auto got = ::read(bell_.get(), &rings, sizeof rings);
    const std::lock_guard lock{mutex_};
    return history_.state();
  }

 private:
  void run() {
    for (auto next = Clock::now() + tick;; next = std::max(next + tick, Clock::now())) {
      {
        std::unique_lock lock{mutex_};
        if (changed_.wait_until(lock, next, [this] { return stopping_; })) return;
      }
      auto read = look_at(client_, token_);
      {
        const std::lock_guard lock{mutex_};
        if (read) {
          history_.take(*read);
        } else {
          history_.failed(error_text(read.error()));
        }
      }
      const std::uint64_t one = 1;
      [[maybe_unused]] const auto put = ::write(bell_.get(), &one, sizeof one);
    }
  }

  client::Client& client_;
  TopHistory& history_;
  client::CancelToken token_;
  Descriptor bell_;
  std::mutex mutex_;  ///< history_, stopping_
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;
};

/// Until q, Ctrl-C, Ctrl-\, SIGTERM or SIGHUP.
int live(client::Client& client, TopHistory& history) {
  Signals signals{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP};
  Watcher watcher{client, history};
  Screen screen;
  bool keys = is_terminal(stdin);
  for (auto state = history.state();;) {
    if (!screen.show(top_text(state, look_of(stdout), Screen::height()))) return exit_failed;
    std::array<pollfd, 3> wanted{{{signals.descriptor(), POLLIN, 0},
                                  {watcher.bell(), POLLIN, 0},
                                  {keys ? STDIN_FILENO : -1, POLLIN, 0}}};
    if (::poll(wanted.data(), wanted.size(), -1) < 0) continue;
    while (const auto signal = signals.take()) {
      if (*signal == SIGWINCH) continue;
      if (*signal != SIGTSTP) return exit_done;
      screen.leave();
      ::raise(SIGSTOP);
      screen.enter();
    }
    if (wanted[2].revents != 0) {
      char key = 0;
      const auto got = ::read(STDIN_FILENO, &key, 1);
      if (got == 1 && (key == 'q' || key == 'Q')) return exit_done;
      if (got <= 0) keys = false;
    }
    if (wanted[1].revents != 0) state = watcher.state();
  }
}

/// Tables or JSON lines, a second apart; `once`: one, whose rates are of one second.
int plain(const Globals& globals, client::Client& client, TopHistory& history, bool once) {
  Signals signals{SIGINT, SIGTERM};
  const client::CancelToken token;
  for (auto next = Clock::now() + tick;; next += tick) {
    const auto left = std::chrono::duration_cast<milliseconds>(next - Clock::now());
    signals.wait(std::max(milliseconds{0}, left));
    if (signals.take()) return exit_done;
    auto read = look_at(client, token);
    if (!read && once) return report(read.error(), globals);
    const bool good = read && history.take(*read);
    if (once && !good)
      return report(client::Error{0, "upstream_failed", history.state().trouble, {}, {}}, globals);
    const auto line = !globals.json ? top_text(history.state(), look_of(stdout), 0)
                      : read        ? top_json(history.state(), unix_ms())
                                    : error_json(read.error()) + "\n";
    if (!put(stdout, line)) return exit_failed;
    if (once) return exit_done;
  }
}

int top(const Globals& globals, bool once) {
  auto client = top_client(globals);
  TopHistory history{globals.urls};
  const auto first = look_at(client, {});
  if (!first) return report(first.error(), globals);
  if (!history.take(*first))
    return report(client::Error{0, "upstream_failed", history.state().trouble, {}, {}}, globals);
  if (globals.json) return plain(globals, client, history, once);
  if (once || !is_terminal(stdout)) return plain(globals, client, history, true);
  return live(client, history);
}

}  // namespace

void add_top_command(CLI::App& app, const Globals& globals, Action& action) {
  const auto once = std::make_shared<bool>(false);
  auto* command = app.add_subcommand("top", "machines, queues and rates, live; q ends it");
  command->add_flag("--once", *once, "print it once, as where stdout is no terminal");
  command->callback(
      [&globals, &action, once] { action = [&globals, once] { return top(globals, *once); }; });
}

}  // namespace weir::cli
