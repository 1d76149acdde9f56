// weir-node-agent: composition root. The io thread is the main thread; the worker is an actor.
#include "actors/domain/clearance.hpp"
#include "actors/domain/policy/tests.hpp"
#include "actors/net/asio.hpp"
#include "actors/net/certs/certs.hpp"
#include "actors/net/confine/confine.hpp"
#include "actors/net/http/client.hpp"
#include "actors/net/http/server.hpp"
#include "actors/net/link/hub.hpp"
#include "actors/net/tls/mac.hpp"
#include "actors/shells/guard.hpp"
#include "actors/shells/system.hpp"
#include "actors/shells/worker.hpp"
#include "actors/telemetry/log.hpp"
#include "actors/telemetry/metrics.hpp"
#include "node-agent/engines/cloud_metrics.hpp"
#include "node-agent/engines/engine_set.hpp"
#include "node-agent/engines/job_runner.hpp"
#include "node-agent/probe/host_watch.hpp"
#include "node-agent/probe/presence.hpp"
#include "schema/config/load.hpp"

#include <sys/random.h>
#include <sys/resource.h>
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <filesystem>

namespace {

using namespace weir;

constexpr const char* version = "weir 0.1.0";
constexpr Millis look_at_host_every{1'000};
constexpr Millis sweep_every{1'000};
constexpr Millis look_at_links_every{20};
/// How long links may take to end once nothing is left to say; they flush for up to a second.
constexpr Millis goodbye_max{1'000};

/// What is checked beyond the file itself: it may stand in other files.
struct Checked {
  AgentSettings settings;
  net::tls::Context context;  ///< for links
  std::string cluster;
  std::shared_ptr<const domain::Detector> detector;  ///< of a cloud proxy's own check
};

using LoadedAgent = config::Loaded<AgentSettings>;

/// Loads what the TLS settings name, and notes what is wrong with it.
void check_link(LoadedAgent& loaded, Checked& checked) {
  const auto& s = loaded.settings;
  const auto& tls = s.tls;
  const auto context = net::tls::link_client_context(tls);
  if (!context) {
    const auto& what = context.error().detail;  // begins with the file's name
    const auto about = [&what](const std::string& path) { return what.starts_with(path + ":"); };
    return loaded.wrong(about(tls.ca) ? "tls.ca" : about(tls.cert) ? "tls.cert" : "tls.key", what);
  }
  const auto shown = net::certs::show(tls.cert);
  if (!shown) return loaded.wrong("tls.cert", shown.error().detail);
  if (shown->role != "agent" || shown->name != s.name || shown->tier != s.tier)
    loaded.wrong("tls.cert", tls.cert + ": is not the certificate of agent " + s.name + ", tier " +
                                 std::string{name_of(s.tier)});
  checked.context = *context;
  checked.cluster = shown->cluster;
}

/// The same for what engines are trusted by.
void check_engines(LoadedAgent& loaded) {
  const auto& engines = loaded.settings.engines;
  for (std::size_t i = 0; engines && i < engines->size(); ++i) {
    const auto& ca = (*engines)[i].ca;
    if (ca.empty()) continue;
    const auto key = "engines[" + std::to_string(i) + "].ca";
    if (const auto context = net::tls::https_client_context(ca); !context)
      loaded.wrong(key, context.error().detail);
  }
}

/// The settings of a file, and all that they name; errors go to stderr.
std::optional<Checked> load(const std::string& file) {
  auto loaded = config::load_agent(file);
  Checked checked;
  if (loaded.errors.empty()) {
    check_link(loaded, checked);
    check_engines(loaded);
    const auto& policy = loaded.settings.policy;
    for (auto& failed : domain::failed_tests(policy)) loaded.errors.push_back(std::move(failed));
    auto detector = domain::Detector::make(policy.detector);
    if (detector)
      checked.detector = std::move(*detector);
    else
      loaded.wrong("policy", detector.error().detail);
  }
  for (const auto& error : loaded.errors) std::fprintf(stderr, "%s\n", error.c_str());
  if (!loaded.errors.empty()) return std::nullopt;
  checked.settings = std::move(loaded.settings);
  return checked;
}

std::uint64_t random_number() {
  std::uint64_t number = 0;
  while (number == 0)
    if (::getrandom(&number, sizeof number, 0) != sizeof number) std::abort();
  return number;
}

domain::AgentPolicy policy_of(const AgentSettings& settings) {
  domain::AgentPolicy policy;
  policy.tier = settings.tier;
  policy.accept = settings.accepts;
  policy.owner_grace = Millis{settings.presence.grace_ms};
  return policy;
}

/// The NVIDIA driver's devices: NVML opens them for writing.
std::vector<std::string> gpu_devices() {
  std::vector<std::string> found;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator{"/dev", failed})
    if (entry.path().filename().string().starts_with("nvidia")) found.push_back(entry.path());
  return found;
}

/// An agent writes its own folder, where it has one, and connects to the ports of its coordinators
/// and engines, and to a name server's.
Result<net::ConfinedBy> confine(const AgentSettings& s) {
  constexpr std::uint16_t name_server = 53;
  net::Confinement what;
  std::error_code none;
  if (std::filesystem::is_directory(s.data_dir, none)) what.write_below = {s.data_dir};
  what.write_to = gpu_devices();
  what.connect_ports = {name_server};
  for (const auto& coordinator : s.coordinators) what.connect_ports.push_back(coordinator.port);
  for (const auto& engine : s.engines ? *s.engines : engines::usual_places())
    if (const auto origin = net::http::parse_origin(engine.url))
      what.connect_ports.push_back(origin->port);
  if (s.admin) what.bind_ports = {s.admin->port};
  return net::confine(what, s.confine);
}

class Program {
 public:
  Program(Checked checked, std::string file, net::ConfinedBy confined)
      : settings_{std::move(checked.settings)},
        confined_{std::move(confined)},
        context_{std::move(checked.context)},
        cluster_{std::move(checked.cluster)},
        file_{std::move(file)},
        incarnation_{random_number()},
        cloud_metrics_{settings_.tier == Tier::l2
                           ? std::make_unique<engines::CloudMetrics>(metrics_)
                           : nullptr},
        engines_{io_, {}, cloud_metrics_.get()},
        runner_{{}, [this](std::uint32_t number) { return engines_.find(number); }},
        hub_{io_, {}, [this] { return hello(); }, runner_},
        system_{1},
        worker_{system_.get(), policy_of(settings_),
                [this](std::vector<WorkerEffect> effects) { on_effects(std::move(effects)); },
                to_io()},
        signals_{io_, SIGTERM, SIGINT, SIGHUP},
        sweep_timer_{io_},
        drain_timer_{io_},
        leave_timer_{io_} {
    runner_.connect(hub_, worker_);
    if (!cloud_metrics_) return;
    const domain::Digests digests{net::tls::sha256, net::tls::hmac_sha256};
    checkpoint_.emplace(system_.get(),
                        domain::Checkpoint{digests, incarnation_, std::move(checked.detector)},
                        to_io());
    runner_.check_with(*checkpoint_, *cloud_metrics_);
  }

  int run() {
    auto opened = engines_.open(settings_.engines, engines::usual_places());
    if (!opened) {
      std::fprintf(stderr, "%s\n", opened.error().detail.c_str());
      return 2;
    }
    if (!listen_admin()) return 1;
    if (const auto sealed = net::seal(confined_); !sealed) {
      std::fprintf(stderr, "%s\n", sealed.error().detail.c_str());
      return 1;
    }
    spdlog::info("{} node={} tier={} coordinators={}", version, settings_.name,
                 name_of(settings_.tier), settings_.coordinators.size());
    spdlog::log(confined_.lacks.empty() ? spdlog::level::info : spdlog::level::warn, "confined: {}",
                net::text_of(confined_));
    host_.emplace(worker_, look_at_host_every);
    if (settings_.tier == Tier::l0 && settings_.presence.yield)
      presence_.emplace(worker_, settings_.presence.file);
    sweep();
    wait_for_signal();
    engines_.start(worker_);
    hub_.connect(settings_.coordinators, context_, cluster_);
    io_.run();
    return 0;
  }

 private:
  shells::Defer to_io() {
    return [this](std::function<void()> call) { asio::post(io_, std::move(call)); };
  }

  Hello hello() const {
    Hello h;
    h.incarnation = incarnation_;
    h.software = version;
    h.attempts = runner_.progress();
    return h;
  }

  void on_effects(std::vector<WorkerEffect> effects) {
    asio::post(io_, [this, all = std::move(effects)]() mutable {
      runner_.apply(std::move(all), [this] { leave_when_sent(); });
      engines_.set_busy(runner_.jobs() > 0);
    });
  }

  void sweep() {
    runner_.sweep(std::chrono::steady_clock::now());
    sweep_timer_.expires_after(sweep_every);
    sweep_timer_.async_wait([this](const asio::error_code& e) {
      if (!e) sweep();
    });
  }

  bool listen_admin() {
    if (!settings_.admin) return true;
    admin_ = std::make_unique<net::http::Server>(
        io_, net::http::Limits{}, net::http::Headers{{"server", "weir"}}, std::nullopt,
        [this](net::http::Request request, net::http::ExchangePtr exchange) {
          exchange->respond(admin_answer(request));
        },
        [](int status, std::string_view) {
          return net::http::Response{status, {}, ""};
        });
    const auto port = admin_->listen(*settings_.admin);
    if (!port) {
      std::fprintf(stderr, "%s\n", port.error().detail.c_str());
      return false;
    }
    spdlog::info("admin listening on {}:{}", settings_.admin->host, *port);
    return true;
  }

  net::http::Response admin_answer(const net::http::Request& request) {
    if (request.path == "/livez") return {200, {{"content-type", "text/plain"}}, "ok\n"};
    if (request.path != "/metrics") return {404, {}, ""};
    const auto& stats = hub_.stats();
    const auto gauge = [this](const char* name, const char* help, double value) {
      metrics_.gauge(name, help).Set(value);
    };
    gauge("weir_agent_jobs", "Jobs running now.", static_cast<double>(runner_.jobs()));
    gauge("weir_link_bytes_in", "Bytes received on links.", static_cast<double>(stats.bytes_in));
    gauge("weir_link_bytes_out", "Bytes sent on links.", static_cast<double>(stats.bytes_out));
    gauge("weir_link_stale_frames", "Data frames of forgotten streams.",
          static_cast<double>(stats.stale_frames));
    return {200, {{"content-type", "text/plain; version=0.0.4"}}, metrics_.render()};
  }

  void wait_for_signal() {
    signals_.async_wait([this](const asio::error_code& e, int number) {
      if (e) return;
      if (number == SIGHUP)
        reload();
      else
        stop();
      wait_for_signal();
    });
  }

  /// Certificates take effect for new links, a proxy's detector for what it checks from now on;
  /// everything else needs a restart, and says so.
  void reload() {
    auto fresh = load(file_);
    if (!fresh) return spdlog::error("reload refused: {} has errors", file_);
    hub_.replace_tls(fresh->context);
    if (checkpoint_) checkpoint_->replace(std::move(fresh->detector));
    spdlog::info("certificates reloaded; other settings take effect at a restart");
  }

  void stop() {
    if (std::exchange(stopping_, true)) std::_Exit(1);
    spdlog::info("stopping: taking no new work, {} jobs running", runner_.jobs());
    worker_.post(WorkerStop{});
    drain_timer_.expires_after(Millis{settings_.drain_ms});
    drain_timer_.async_wait([this](const asio::error_code& e) {
      if (e) return;
      spdlog::warn("{} jobs did not end in time", runner_.jobs());
      leave();
    });
  }

  /// Nothing runs any more; what the engines said may still wait for its readers.
  void leave_when_sent() {
    if (leaving_) return;
    if (hub_.unsent() == 0) return leave();
    leave_timer_.expires_after(look_at_links_every);
    leave_timer_.async_wait([this](const asio::error_code& e) {
      if (!e) leave_when_sent();
    });
  }

  /// Says goodbye on the links, and ends when they are gone.
  void leave() {
    if (std::exchange(leaving_, true)) return;
    hub_.stop();
    end_when_gone(std::chrono::steady_clock::now() + goodbye_max);
  }

  void end_when_gone(std::chrono::steady_clock::time_point latest) {
    if (runner_.links() == 0 || std::chrono::steady_clock::now() >= latest) return io_.stop();
    leave_timer_.expires_after(look_at_links_every);
    leave_timer_.async_wait([this, latest](const asio::error_code& e) {
      if (!e) end_when_gone(latest);
    });
  }

  AgentSettings settings_;
  net::ConfinedBy confined_;
  net::tls::Context context_;
  std::string cluster_;
  std::string file_;
  std::uint64_t incarnation_;
  asio::io_context io_{1};
  telemetry::Metrics metrics_;
  std::unique_ptr<engines::CloudMetrics> cloud_metrics_;  ///< of a cloud proxy
  engines::EngineSet engines_;
  engines::JobRunner runner_;
  net::link::Hub hub_;
  shells::System system_;
  shells::WorkerShell worker_;
  std::optional<shells::CheckpointShell> checkpoint_;  ///< of a cloud proxy
  std::optional<probe::HostWatch> host_;
  std::optional<probe::PresenceWatch> presence_;
  std::unique_ptr<net::http::Server> admin_;
  asio::signal_set signals_;
  asio::steady_timer sweep_timer_;
  asio::steady_timer drain_timer_;
  asio::steady_timer leave_timer_;
  bool stopping_ = false;
  bool leaving_ = false;
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Runs on every workstation and server: offers this machine's engines to Weir"};
  std::string file;
  bool check = false;
  app.add_option("--config", file, "configuration file (YAML)")->required();
  app.add_flag("--check", check, "validate the configuration and exit");
  app.set_version_flag("--version", version);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  std::signal(SIGPIPE, SIG_IGN);
  auto checked = load(file);
  if (!checked) return 2;
  if (check) {
    std::printf("%s: ok (agent)\n", file.c_str());
    return 0;
  }
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
  telemetry::init_logging("weir-node-agent");
  auto confined = confine(checked->settings);  // before any thread starts
  if (!confined) {
    std::fprintf(stderr, "%s\n", confined.error().detail.c_str());
    return 1;
  }
  return Program{std::move(*checked), file, std::move(*confined)}.run();
}
