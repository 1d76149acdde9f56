// weir-node-agent: composition root. The io thread is the main thread; the worker is an actor.
#include "actors/net/asio.hpp"
#include "actors/net/certs/certs.hpp"
#include "actors/net/http/server.hpp"
#include "actors/net/link/hub.hpp"
#include "actors/shells/system.hpp"
#include "actors/shells/worker.hpp"
#include "actors/telemetry/log.hpp"
#include "actors/telemetry/metrics.hpp"
#include "node-agent/engines/engine_set.hpp"
#include "node-agent/engines/job_runner.hpp"
#include "node-agent/probe/host_probe.hpp"
#include "schema/config/load.hpp"

#include <sys/random.h>
#include <sys/resource.h>
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>

namespace {

using namespace weir;

constexpr const char* version = "weir 0.1.0";
constexpr Millis look_at_host_every{1'000};

/// The settings of a file, checked against the certificate they name; errors go to stderr.
std::optional<AgentSettings> load(const std::string& file) {
  auto loaded = config::load_agent(file);
  if (loaded.errors.empty()) {
    const auto shown = net::certs::show(loaded.settings.tls.cert);
    if (!shown)
      loaded.errors.push_back(shown.error().detail);
    else if (shown->role != "agent" || shown->name != loaded.settings.name ||
             shown->tier != loaded.settings.tier)
      loaded.errors.push_back(loaded.settings.tls.cert + ": is not the certificate of agent " +
                              loaded.settings.name + ", tier " +
                              std::string{name_of(loaded.settings.tier)});
    if (loaded.settings.tier == Tier::l2)
      loaded.errors.push_back(file + ":1:1: tier: L2: this version runs no cloud engines");
  }
  for (const auto& error : loaded.errors) std::fprintf(stderr, "%s\n", error.c_str());
  if (!loaded.errors.empty()) return std::nullopt;
  return std::move(loaded.settings);
}

std::uint64_t random_number() {
  std::uint64_t number = 0;
  while (number == 0)
    if (::getrandom(&number, sizeof number, 0) != sizeof number) std::abort();
  return number;
}

class Program {
 public:
  Program(AgentSettings settings, std::string file)
      : settings_{std::move(settings)},
        file_{std::move(file)},
        incarnation_{random_number()},
        engines_{io_, {}},
        runner_{{}, [this](std::uint32_t number) { return engines_.find(number); }},
        hub_{io_, {}, [this] { return hello(); }, runner_},
        system_{1},
        worker_{system_.get(),
                {settings_.tier, settings_.accepts},
                [this](std::vector<WorkerEffect> effects) { on_effects(std::move(effects)); },
                [this](std::function<void()> call) { asio::post(io_, std::move(call)); }},
        signals_{io_, SIGTERM, SIGINT, SIGHUP},
        host_timer_{io_},
        drain_timer_{io_} {
    runner_.connect(hub_, worker_);
  }

  int run() {
    auto opened = engines_.open(settings_.engines, engines::usual_places());
    auto context = net::tls::link_client_context(settings_.tls);
    const auto cluster = net::certs::show(settings_.tls.cert);
    for (const auto* error :
         {opened ? nullptr : &opened.error(), context ? nullptr : &context.error()})
      if (error != nullptr) {
        std::fprintf(stderr, "%s\n", error->detail.c_str());
        return 2;
      }
    if (!listen_admin()) return 1;
    spdlog::info("{} node={} tier={} coordinators={}", version, settings_.name,
                 name_of(settings_.tier), settings_.coordinators.size());
    worker_.post(HostFactsObserved{host_.facts()});
    look_at_host();
    wait_for_signal();
    engines_.start(worker_);
    hub_.connect(settings_.coordinators, *context, cluster->cluster);
    io_.run();
    return 0;
  }

 private:
  Hello hello() const {
    Hello h;
    h.incarnation = incarnation_;
    h.software = version;
    h.attempts = runner_.progress();
    return h;
  }

  void on_effects(std::vector<WorkerEffect> effects) {
    asio::post(io_, [this, all = std::move(effects)]() mutable {
      runner_.apply(std::move(all), [this] { leave(); });
      engines_.set_busy(runner_.jobs() > 0);
    });
  }

  void look_at_host() {
    worker_.post(HostLoadObserved{host_.load()});
    runner_.sweep(std::chrono::steady_clock::now());
    host_timer_.expires_after(look_at_host_every);
    host_timer_.async_wait([this](const asio::error_code& e) {
      if (!e) look_at_host();
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

  /// Certificates take effect for new links; everything else needs a restart, and says so.
  void reload() {
    const auto fresh = load(file_);
    if (!fresh) return spdlog::error("reload refused: {} has errors", file_);
    auto context = net::tls::link_client_context(fresh->tls);
    if (!context) return spdlog::error("reload refused: {}", context.error().detail);
    hub_.replace_tls(*context);
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

  /// Says goodbye on the links (they flush for up to a second) and ends.
  void leave() {
    hub_.stop();
    drain_timer_.expires_after(Millis{200});
    drain_timer_.async_wait([this](const asio::error_code& e) {
      if (!e) io_.stop();
    });
  }

  AgentSettings settings_;
  std::string file_;
  std::uint64_t incarnation_;
  asio::io_context io_{1};
  probe::HostProbe host_;
  telemetry::Metrics metrics_;
  engines::EngineSet engines_;
  engines::JobRunner runner_;
  net::link::Hub hub_;
  shells::System system_;
  shells::WorkerShell worker_;
  std::unique_ptr<net::http::Server> admin_;
  asio::signal_set signals_;
  asio::steady_timer host_timer_;
  asio::steady_timer drain_timer_;
  bool stopping_ = false;
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
  auto settings = load(file);
  if (!settings) return 2;
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
  return Program{std::move(*settings), file}.run();
}
