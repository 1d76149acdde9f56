#include "coordinator/cli/up.hpp"

#include "coordinator/cli/child.hpp"
#include "coordinator/cli/commands.hpp"
#include "coordinator/cli/fleet_text.hpp"
#include "coordinator/cli/json_fields.hpp"
#include "coordinator/cli/up_dir.hpp"
#include "coordinator/cli/up_text.hpp"
#include "schema/config/load.hpp"

#include <CLI/CLI.hpp>

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

namespace weir::cli {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds listening_max{20'000};   ///< from the coordinator's start to its first line
constexpr milliseconds engine_patience{4'000};  ///< then it says that no engine was found
constexpr milliseconds look_every{200};
constexpr milliseconds stop_max{5'000};  ///< from SIGTERM to SIGKILL
constexpr std::size_t log_lines = 15;

/// SIGINT, SIGTERM, SIGHUP and SIGCHLD as something to wait for.
class Signals {
 public:
  Signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) sigaddset(&set, signal);
    ::sigprocmask(SIG_BLOCK, &set, &before_);
    descriptor_ = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  }
  ~Signals() {
    ::close(descriptor_);
    ::sigprocmask(SIG_SETMASK, &before_, nullptr);
  }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  /// Waits for a signal, at most `longest`. returns  whether one asks to stop.
  bool wait(milliseconds longest) {
    pollfd wanted{descriptor_, POLLIN, 0};
    if (::poll(&wanted, 1, static_cast<int>(longest.count())) <= 0) return false;
    bool stop = false;
    signalfd_siginfo info{};
    while (::read(descriptor_, &info, sizeof info) == sizeof info)
      stop = stop || info.ssi_signo != SIGCHLD;
    return stop;
  }

 private:
  sigset_t before_{};
  int descriptor_;
};

client::Client quick_client(const std::string& url, const std::string& api_key) {
  client::Options options;
  options.urls = {url};
  options.api_key = api_key;
  options.timeouts.connect = options.timeouts.status = options.timeouts.stall = milliseconds{1'000};
  return client::Client{std::move(options)};
}

/// llama.cpp tells its slots at /props; everything else is taken as OpenAI-compatible.
UpEngine look_at_engine(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  auto base = url.ends_with("/v1") ? url.substr(0, url.size() - 3) : url;
  auto client = quick_client(base, {});
  const auto props = client.get("/props");
  const bool llama =
      props && member(json::parse(*props, nullptr, false), "total_slots").is_number_unsigned();
  return {llama ? "llama_cpp" : "openai", std::move(base)};
}

class Up {
 public:
  Up(const Globals& globals, const UpFlags& flags, UpDir dir)
      : globals_{globals}, flags_{flags}, dir_{std::move(dir)} {}

  int run() {
    const auto code = serve();
    stop();
    if (globals_.json) event({{"event", "stopped"}});
    return code;
  }

 private:
  /// Starts everything and waits. returns  the exit code; what runs is still running.
  int serve() {
    std::string host(256, '\0');
    ::gethostname(host.data(), host.size() - 1);
    node_ = agent_name(host.c_str());
    const auto cluster = make_certificates(dir_, node_);
    if (!cluster) return report(cluster.error(), globals_);
    const auto yaml = coordinator_yaml({*cluster, flags_.port, flags_.agents_port});
    if (const auto code = start("coordinator", yaml)) return *code;
    const auto listening = wait_for_coordinator();
    if (!listening) return ended_;
    url_ = "http://" + listening->http;
    UpAgent agent{node_, listening->agents, {}};
    for (const auto& url : flags_.engines) agent.engines.push_back(look_at_engine(url));
    if (const auto code = start("agent", agent_yaml(agent))) return *code;
    return watch();
  }

  /// Writes a program's configuration, checks and starts it. returns  an exit code on failure.
  std::optional<int> start(const std::string& role, const std::string& yaml) {
    const auto file = role + ".yaml";
    if (const auto put = dir_.write(file, yaml); !put) return report(put.error(), globals_);
    const bool agent = role == "agent";
    const auto errors = agent ? config::load_agent(dir_.file(file)).errors
                              : config::load_coordinator(dir_.file(file)).errors;
    if (!errors.empty()) return report(Error{Code::invalid_config, errors.front()}, globals_);
    const auto program = find_program(agent ? "weir-node-agent" : "weir-coordinator");
    if (!program) return report(program.error(), globals_);
    auto child = Child::start(*program, {"--config", dir_.file(file)}, dir_.file(role + ".log"));
    if (!child) return report(child.error(), globals_);
    children_.push_back({role, std::move(*child)});
    return std::nullopt;
  }

  /// One pause in which everything is looked at. returns  false when it is time to end: `ended_`
  /// is then the exit code.
  bool pause(milliseconds longest) {
    if (signals_.wait(longest)) return false;
    for (auto& [role, child] : children_)
      if (!child.running()) {
        tell_death(role, child);
        ended_ = exit_failed;
        return false;
      }
    return true;
  }

  std::optional<Listening> wait_for_coordinator() {
    const auto until = Clock::now() + listening_max;
    while (pause(milliseconds{20})) {
      if (auto found = find_listening(dir_.read("coordinator.log"))) return found;
      if (Clock::now() < until) continue;
      ended_ =
          report(Error{Code::timed_out, "the coordinator does not listen; its log ends:\n" +
                                            last_lines(dir_.read("coordinator.log"), log_lines)},
                 globals_);
      break;
    }
    return std::nullopt;
  }

  int watch() {
    auto client = quick_client(url_, globals_.api_key);
    const auto begun = Clock::now();
    bool told = false;
    while (pause(models_.empty() ? look_every : milliseconds{-1})) {
      if (!models_.empty()) continue;
      const auto nodes = client.get("/readyz") ? client.get("/weir/v1/nodes")
                                               : client::Outcome<std::string>{client::Error{}};
      if (const auto facts = nodes ? fleet_facts(*nodes) : std::nullopt) models_ = facts->models;
      if (told) {
        if (!models_.empty()) tell_models();
      } else if (!models_.empty() || Clock::now() - begun > engine_patience) {
        tell_ready();
        told = true;
      }
    }
    return ended_;
  }

  void event(const json& line) const {
    put(stdout, line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n");
  }

  void tell_ready() const {
    if (globals_.json)
      return event({{"event", models_.empty() ? "no_engine" : "ready"},
                    {"url", url_},
                    {"node", node_},
                    {"models", models_},
                    {"dir", dir_.path()}});
    put(stdout,
        printable(ready_text({url_, node_, dir_.path(), models_, flags_.engines, dir_.stays()}),
                  true));
  }

  void tell_models() const {
    if (globals_.json) return event({{"event", "ready"}, {"url", url_}, {"models", models_}});
    put(stdout, "an engine was found; models: " + printable(joined(models_)) + "\n");
  }

  void tell_death(const std::string& role, const Child& child) const {
    const auto log = last_lines(dir_.read(role + ".log"), log_lines);
    if (globals_.json)
      return event({{"event", "failed"}, {"program", role}, {"how", child.ending()}, {"log", log}});
    put(stderr, "weir: the " + role + " ended (" + child.ending() + "); its log ends:\n" +
                    printable(log, true));
    if (log.find("already in use") != std::string::npos)
      put(stderr, "weir: another program has that port; weir up --port 0 takes a free one\n");
  }

  /// SIGTERM, a time to finish, SIGKILL; a further signal to us cuts the time short.
  void stop() {
    // The agent first: a coordinator that still lives hears its goodbye.
    std::reverse(children_.begin(), children_.end());
    for (auto& [role, child] : children_) child.send(SIGTERM);
    const auto until = Clock::now() + stop_max;
    const auto alive = [this] {
      return std::any_of(children_.begin(), children_.end(),
                         [](auto& c) { return c.child.running(); });
    };
    while (alive() && Clock::now() < until)
      if (signals_.wait(milliseconds{50})) break;
    children_.clear();  // kills what is left
  }

  struct Named {
    std::string role;
    Child child;
  };

  const Globals& globals_;
  const UpFlags& flags_;
  UpDir dir_;
  Signals signals_;
  std::vector<Named> children_;
  std::string node_, url_;
  std::vector<std::string> models_;
  int ended_ = exit_done;
};

}  // namespace

int up(const Globals& globals, const UpFlags& flags) {
  auto dir = UpDir::open(flags.dir);
  if (!dir) return report(dir.error(), globals);
  return Up{globals, flags, std::move(*dir)}.run();
}

void add_up_command(CLI::App& app, const Globals& globals, Action& action) {
  const auto flags = std::make_shared<UpFlags>();
  auto* command =
      app.add_subcommand("up", "a coordinator and an agent on this machine, for a first try");
  command->add_option("--dir", flags->dir, "where to work; absent: a temporary folder");
  command->add_option("--engine", flags->engines, "an engine's URL; repeatable; absent: look")
      ->allow_extra_args(false);
  command->add_option("--port", flags->port, "of the HTTP API; 0: any free one")
      ->capture_default_str();
  command->add_option("--agents-port", flags->agents_port, "for agents; 0: any free one")
      ->capture_default_str();
  command->callback(
      [&globals, &action, flags] { action = [&globals, flags] { return up(globals, *flags); }; });
}

}  // namespace weir::cli
