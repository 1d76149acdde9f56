#include "coordinator/cli/up.hpp"

#include "coordinator/cli/child.hpp"
#include "coordinator/cli/commands.hpp"
#include "coordinator/cli/fleet_text.hpp"
#include "coordinator/cli/json_fields.hpp"
#include "coordinator/cli/signals.hpp"
#include "coordinator/cli/up_dir.hpp"
#include "coordinator/cli/up_text.hpp"
#include "schema/config/load.hpp"

#include <CLI/CLI.hpp>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

namespace weir::cli {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds listening_max{20'000};   ///< from the coordinator's start to its first line
constexpr milliseconds engine_patience{1'700};  ///< then it says that no engine was found
constexpr milliseconds look_every{50}, look_later{500};
constexpr milliseconds stop_max{5'000};  ///< from SIGTERM to SIGKILL
constexpr std::size_t log_lines = 15;
constexpr const char* cloud_file = "cloud.yaml";  ///< in UpDir, while it runs: it may hold keys

client::Client quick_client(const std::string& url, const std::string& api_key) {
  client::Options options;
  options.urls = {url};
  options.api_key = api_key;
  options.retries.attempts_max = 1;
  options.timeouts.connect = options.timeouts.status = options.timeouts.stall = milliseconds{1'000};
  options.retries.attempts_max = 1;
  return client::Client{std::move(options)};
}

/// The file's text, found to be engines of clouds and no more.
/// errors  invalid_config: FILE:LINE:COLUMN and what is wrong.
Result<std::string> read_cloud_file(const std::string& file, const UpCloud& cloud) {
  constexpr std::size_t bytes_max = 256 << 10U;
  std::ifstream in{file, std::ios::binary};
  if (!in) return Error{Code::invalid_config, file + ": " + std::strerror(errno)};
  std::string text(bytes_max + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > bytes_max) return Error{Code::invalid_config, file + ": is above 256 KiB"};
  const auto yaml = cloud_yaml(text, cloud);
  const auto there = std::filesystem::path{file}.parent_path().string();
  const auto loaded = config::parse_agent(yaml, file, there);
  if (!loaded.errors.empty()) return Error{Code::invalid_config, loaded.errors.front()};
  // The agent reads a copy that stands elsewhere.
  const auto copy = config::parse_agent(yaml, file, cloud.dir);
  const auto& mine = loaded.settings.engines;
  const auto& copied = copy.settings.engines;
  for (std::size_t i = 0; mine && copied && i < mine->size() && i < copied->size(); ++i)
    if ((*mine)[i].ca != (*copied)[i].ca)
      return Error{Code::invalid_config,
                   file + ": engines[" + std::to_string(i) + "].ca: must be an absolute path here"};
  return text;
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
    std::string cloud_text;
    if (!flags_.cloud.empty()) {
      std::error_code ignored;
      if (std::filesystem::equivalent(flags_.cloud, dir_.file(cloud_file), ignored))
        return report(Error{Code::invalid_config, flags_.cloud + ": would be written over; give "
                                                                 "it another name or place"},
                      globals_);
      auto text = read_cloud_file(flags_.cloud, cloud_of(""));
      if (!text) return report(text.error(), globals_);
      cloud_text = std::move(*text);
    }
    const auto cluster =
        make_certificates(dir_, node_, flags_.cloud.empty() ? "" : node_ + "-cloud");
    if (!cluster) return report(cluster.error(), globals_);
    const auto yaml = coordinator_yaml({*cluster, flags_.port, flags_.agents_port});
    if (const auto code = start("coordinator", yaml)) return *code;
    const auto listening = wait_for_coordinator();
    if (!listening) return ended_;
    url_ = "http://" + listening->http;
    const UpAgent agent{node_, listening->agents, flags_.engines};
    if (const auto code = start("agent", agent_yaml(agent))) return *code;
    cloud_written_ = !cloud_text.empty();
    if (cloud_written_)
      if (const auto code = start("cloud", cloud_yaml(cloud_text, cloud_of(listening->agents))))
        return *code;
    return watch();
  }

  UpCloud cloud_of(const std::string& coordinator) const {
    return {node_ + "-cloud", coordinator.empty() ? "127.0.0.1:1" : coordinator, dir_.path()};
  }

  /// Writes a program's configuration, checks and starts it. returns  an exit code on failure.
  std::optional<int> start(const std::string& role, const std::string& yaml) {
    const auto file = role + ".yaml";
    if (const auto put = dir_.write(file, yaml); !put) return report(put.error(), globals_);
    const bool agent = role != "coordinator";
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

  /// Waits for a signal, at most `longest`. returns  whether one asks to stop.
  bool asked_to_stop(milliseconds longest) {
    signals_.wait(longest);
    bool stop = false;
    while (const auto signal = signals_.take()) stop = stop || *signal != SIGCHLD;
    return stop;
  }

  /// One pause in which everything is looked at. returns  false when it is time to end: `ended_`
  /// is then the exit code.
  bool pause(milliseconds longest) {
    if (asked_to_stop(longest)) return false;
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

  /// Whether all that was asked for is there.
  bool complete(const FleetFacts& facts) const {
    const std::size_t clouds = flags_.cloud.empty() ? 0 : 1;
    return !facts.models.empty() && facts.nodes >= 1 + clouds &&
           facts.engines >= flags_.engines.size() + clouds;
  }

  int watch() {
    auto client = quick_client(url_, globals_.api_key);
    const auto begun = Clock::now();
    bool told = false;
    while (pause(!told ? look_every : models_.empty() ? look_later : milliseconds{-1})) {
      if (!models_.empty() && told) continue;
      const auto nodes = client.get("/readyz") ? client.get("/weir/v1/nodes")
                                               : client::Outcome<std::string>{client::Error{}};
      const auto facts = nodes ? fleet_facts(*nodes) : std::nullopt;
      if (facts) models_ = facts->models;
      if (told) {
        if (!models_.empty()) tell_models();
      } else if ((facts && complete(*facts)) || Clock::now() - begun > engine_patience) {
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
                    {"cloud", !flags_.cloud.empty()},
                    {"dir", dir_.path()}});
    put(stdout, printable(ready_text({url_, node_, dir_.path(), models_, flags_.engines,
                                      dir_.stays(), flags_.cloud}),
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
      if (asked_to_stop(milliseconds{50})) break;
    children_.clear();  // kills what is left
    if (cloud_written_) dir_.remove(cloud_file);
  }

  struct Named {
    std::string role;
    Child child;
  };

  const Globals& globals_;
  const UpFlags& flags_;
  UpDir dir_;
  Signals signals_{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD};
  std::vector<Named> children_;
  std::string node_, url_;
  std::vector<std::string> models_;
  bool cloud_written_ = false;
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
  command->add_option("--dir", flags->dir, "where to work; absent: a temporary folder")
      ->type_name("DIR");
  command->add_option("--engine", flags->engines, "an engine's URL; repeatable; absent: look")
      ->type_name("URL")
      ->allow_extra_args(false);
  command
      ->add_option("--cloud", flags->cloud,
                   "engines of clouds, as an agent's `engines:`; absent: no cloud")
      ->type_name("FILE");
  command->add_option("--port", flags->port, "of the HTTP API; 0: any free one")
      ->capture_default_str()
      ->type_name("N");
  command->add_option("--agents-port", flags->agents_port, "for agents; 0: any free one")
      ->capture_default_str()
      ->type_name("N");
  command->callback(
      [&globals, &action, flags] { action = [&globals, flags] { return up(globals, *flags); }; });
}

}  // namespace weir::cli
