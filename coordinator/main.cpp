// weir-coordinator: composition root. The io thread is the main thread; brain and store are
// actors.
#include "actors/domain/policy/tests.hpp"
#include "actors/net/asio.hpp"
#include "actors/net/certs/certs.hpp"
#include "actors/net/confine/confine.hpp"
#include "actors/net/http/server.hpp"
#include "actors/net/link/hub.hpp"
#include "actors/net/tls/mac.hpp"
#include "actors/shells/brain.hpp"
#include "actors/shells/guard.hpp"
#include "actors/shells/store.hpp"
#include "actors/shells/system.hpp"
#include "actors/telemetry/log.hpp"
#include "actors/telemetry/metrics.hpp"
#include "coordinator/gateway/errors.hpp"
#include "coordinator/gateway/gateway.hpp"
#include "coordinator/store/decision_store.hpp"
#include "schema/config/address.hpp"
#include "schema/config/load.hpp"

#include <sys/random.h>
#include <sys/resource.h>
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <sstream>

namespace {

using namespace weir;
namespace http = net::http;

constexpr const char* version = "weir 0.1.0";
constexpr Millis look_at_end_every{20};
constexpr Millis goodbye_min{200};
constexpr Millis goodbye_max{2'000};

std::string text_of(const HostPort& where) {
  const bool v6 = where.host.find(':') != std::string::npos;
  return (v6 ? "[" + where.host + "]" : where.host) + ":" + std::to_string(where.port);
}

/// What a file says, with what is made of it alone.
struct Ready {
  CoordinatorSettings settings;
  std::shared_ptr<const domain::Detector> detector;
};

/// The settings of a file, with everything that a start would refuse; errors go to stderr.
std::optional<Ready> load(const std::string& file) {
  auto loaded = config::load_coordinator(file);
  const auto& s = loaded.settings;
  if (loaded.errors.empty()) {
    const auto shown = net::certs::show(s.tls.cert);
    if (!shown)
      loaded.wrong("tls.cert", shown.error().detail);
    else if (shown->role != "coordinator" || shown->cluster != s.cluster)
      loaded.wrong("tls.cert",
                   s.tls.cert + ": is not a coordinator's certificate of cluster " + s.cluster);
    else if (const auto links = net::tls::link_server_context(s.tls); !links)
      loaded.wrong("tls", links.error().detail);
    if (s.http_tls)
      if (const auto https = net::tls::https_server_context(*s.http_tls); !https)
        loaded.wrong("http_tls", https.error().detail);
    for (auto& failed : domain::failed_tests(s.policy)) loaded.errors.push_back(std::move(failed));
  }
  std::shared_ptr<const domain::Detector> detector;
  if (loaded.errors.empty()) {
    auto made = domain::Detector::make(s.policy.detector);
    if (made)
      detector = std::move(*made);
    else
      loaded.wrong("policy", made.error().detail);
  }
  for (const auto& error : loaded.errors) std::fprintf(stderr, "%s\n", error.c_str());
  if (!loaded.errors.empty()) return std::nullopt;
  return Ready{std::move(loaded.settings), std::move(detector)};
}

std::uint64_t random_number() {
  std::uint64_t number = 0;
  while (number == 0)
    if (::getrandom(&number, sizeof number, 0) != sizeof number) std::abort();
  return number;
}

/// What a reload does not change, as text: a difference needs a restart.
std::string fixed_part(const CoordinatorSettings& s) {
  std::ostringstream out;
  out << s.cluster << '\n' << s.data_dir << '\n' << text_of(s.http) << text_of(s.agents);
  if (s.admin) out << text_of(*s.admin);
  out << '\n' << s.http_tls.has_value();
  return out.str();
}

/// Whether somebody beyond this machine reaches an HTTP listener.
bool exposed(const CoordinatorSettings& s) {
  return !config::loopback(s.http.host) || (s.admin && !config::loopback(s.admin->host));
}

/// A coordinator writes its own folder, listens where its file says, and connects to nobody.
Result<net::ConfinedBy> confine(const CoordinatorSettings& s) {
  net::Confinement what;
  what.write_below = {s.data_dir};
  what.may_connect = false;
  what.bind_ports = {s.http.port, s.agents.port};
  if (s.admin) what.bind_ports.push_back(s.admin->port);
  return net::confine(what, s.confine);
}

class Program {
 public:
  Program(Ready ready, std::string file, std::unique_ptr<store::DecisionStore> decisions,
          net::ConfinedBy confined)
      : settings_{std::move(ready.settings)},
        confined_{std::move(confined)},
        file_{std::move(file)},
        incarnation_{random_number()},
        system_{1},
        store_{system_.get(), std::move(decisions), metrics_},
        brain_{system_.get(),
               domain::CoordinatorPolicy{settings_},
               incarnation_,
               random_number(),
               metrics_,
               [this](std::vector<BrainEffect> effects) { on_effects(std::move(effects)); },
               [this](std::function<void()> call) { asio::post(io_, std::move(call)); }},
        guard_{system_.get(),
               domain::ClearanceOffice{{&net::tls::sha256, &net::tls::hmac_sha256},
                                       net::tls::random_key(),
                                       std::move(ready.detector)},
               [this](std::function<void()> call) { asio::post(io_, std::move(call)); }},
        gateway_{gateway::Gateway::make(io_, gateway_settings(), brain_, metrics_, decision_log())},
        hub_{io_, {}, [this] { return hello(); }, gateway_->events()},
        signals_{io_, SIGTERM, SIGINT, SIGHUP},
        end_timer_{io_} {
    gateway_->attach(hub_);
    gateway_->guard_with(guard_);
  }
  ~Program() { gateway_->detach(); }

  int run() {
    if (auto listening = listen(); !listening) {
      std::fprintf(stderr, "%s\n", listening.error().detail.c_str());
      return listening.error().code == Code::invalid_config ? 2 : 1;
    }
    if (const auto sealed = net::seal(confined_); !sealed) {
      std::fprintf(stderr, "%s\n", sealed.error().detail.c_str());
      return 1;
    }
    std::printf("weir-coordinator: http %s agents %s", text_of(settings_.http).c_str(),
                text_of(settings_.agents).c_str());
    if (settings_.admin) std::printf(" admin %s", text_of(*settings_.admin).c_str());
    std::printf("\n");
    std::fflush(stdout);
    spdlog::info("{} cluster={} http={} agents={} keys={}", version, settings_.cluster,
                 text_of(settings_.http), text_of(settings_.agents), settings_.api_keys.size());
    spdlog::log(confined_.lacks.empty() ? spdlog::level::info : spdlog::level::warn, "confined: {}",
                net::text_of(confined_));
    wait_for_signal();
    io_.run();
    return 0;
  }

 private:
  gateway::GatewaySettings gateway_settings() const {
    gateway::GatewaySettings settings;
    settings.keys = settings_.api_keys;
    settings.admin_apart = settings_.admin.has_value();
    settings.created_unix_s = std::time(nullptr);
    settings.dispatcher.incarnation = incarnation_;
    return settings;
  }

  gateway::Decisions decision_log() {
    return {[this](Explanation e) { store_.keep(std::move(e)); },
            [this](const std::string& public_id, shells::StoreShell::Found found) {
              store_.find(public_id, [this, found](Result<std::optional<Explanation>> explanation) {
                asio::post(io_, [found, all = std::move(explanation)]() mutable {
                  found(std::move(all));
                });
              });
            }};
  }

  Hello hello() const {
    Hello h;
    h.incarnation = incarnation_;
    h.software = version;
    return h;
  }

  /// On the brain's thread: one post for a whole batch.
  void on_effects(std::vector<BrainEffect> effects) {
    asio::post(io_,
               [this, all = std::move(effects)]() mutable { gateway_->apply(std::move(all)); });
  }

  Result<Done> listen() {
    WEIR_TRY(auto links, net::tls::link_server_context(settings_.tls));
    std::optional<net::tls::Context> https;
    if (settings_.http_tls) {
      WEIR_TRY(https, net::tls::https_server_context(*settings_.http_tls));
    }
    WEIR_TRY(settings_.agents.port, hub_.listen(settings_.agents, links, settings_.cluster));
    http_ = server(https, false);
    WEIR_TRY(settings_.http.port, http_->listen(settings_.http));
    if (settings_.admin) {
      admin_ = server(https, true);
      WEIR_TRY(settings_.admin->port, admin_->listen(*settings_.admin));
    }
    return Done{};
  }

  std::unique_ptr<http::Server> server(const std::optional<net::tls::Context>& tls, bool admin) {
    return std::make_unique<http::Server>(
        io_, http::Limits{}, http::Headers{{"server", "weir"}}, tls,
        [gateway = gateway_, admin](http::Request request, http::ExchangePtr exchange) {
          gateway->handle(std::move(request), std::move(exchange), admin);
        },
        [gateway = gateway_](int status, std::string_view path) {
          return gateway->server_error(status, path);
        },
        [gateway = gateway_, admin](const http::Request& head) {
          return gateway->early_answer(head, admin);
        });
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

  /// Takes everything but addresses, cluster and data_dir; a bad file changes nothing.
  void reload() {
    auto ready = load(file_);
    if (!ready) return spdlog::error("reload refused: {} has errors", file_);
    auto& fresh = ready->settings;
    // The file may be right for the listeners it names, and wrong for those that are open.
    if (fresh.api_keys.empty() && exposed(settings_))
      return spdlog::error(
          "reload refused: {} has no api_keys, and a listener is open beyond "
          "this machine until a restart",
          file_);
    const auto links = net::tls::link_server_context(fresh.tls);
    if (!links) return spdlog::error("reload refused: {}", links.error().detail);
    if (settings_.http_tls && fresh.http_tls) {
      const auto https = net::tls::https_server_context(*fresh.http_tls);
      if (!https) return spdlog::error("reload refused: {}", https.error().detail);
      http_->replace_tls(*https);
      if (admin_) admin_->replace_tls(*https);
    }
    hub_.replace_tls(*links);
    gateway_->replace_keys(fresh.api_keys);
    guard_.replace(std::move(ready->detector));
    brain_.post(Reconfigured{fresh});
    settings_.drain_ms = fresh.drain_ms;
    spdlog::info("reloaded {}: keys={}", file_, fresh.api_keys.size());
    keep_ports(fresh);
    if (fixed_part(fresh) != fixed_part(settings_))
      spdlog::warn("cluster, data_dir or listen of {} changed: they take effect at a restart",
                   file_);
  }

  /// Port 0 in the file means the port that was chosen at the start.
  void keep_ports(CoordinatorSettings& fresh) const {
    if (fresh.http.port == 0) fresh.http.port = settings_.http.port;
    if (fresh.agents.port == 0) fresh.agents.port = settings_.agents.port;
    if (fresh.admin && settings_.admin && fresh.admin->port == 0)
      fresh.admin->port = settings_.admin->port;
  }

  void stop() {
    if (stopping_) std::_Exit(1);
    stopping_ = std::chrono::steady_clock::now();
    spdlog::info("stopping: taking no new work, {} requests running", gateway_->running());
    gateway_->stop();
    look_at_end();
  }

  /// Until nothing runs, at most drain_ms; then goodbye to everybody.
  void look_at_end() {
    const bool late = millis_between(*stopping_, std::chrono::steady_clock::now()) >=
                      static_cast<std::int64_t>(settings_.drain_ms);
    if (gateway_->running() == 0 || late) {
      if (gateway_->running() > 0)
        spdlog::warn("{} requests did not end in time", gateway_->running());
      gateway_->abandon();
      http_->stop_accepting();
      if (admin_) admin_->stop_accepting();
      leaving_ = std::chrono::steady_clock::now();
      return leave();
    }
    after(look_at_end_every, [this] { look_at_end(); });
  }

  /// Answers still on their way may arrive, and the brain's last decisions reach the store.
  void leave() {
    const auto waited = Millis{millis_between(leaving_, std::chrono::steady_clock::now())};
    const auto open = http_->exchanges() + (admin_ ? admin_->exchanges() : 0);
    if (waited >= goodbye_max || (open == 0 && waited >= goodbye_min)) return io_.stop();
    if (waited >= goodbye_min / 2) hub_.stop();
    after(look_at_end_every, [this] { leave(); });
  }

  template <class Then>
  void after(Millis wait, Then then) {
    end_timer_.expires_after(wait);
    end_timer_.async_wait([then](const asio::error_code& e) {
      if (!e) then();
    });
  }

  CoordinatorSettings settings_;
  net::ConfinedBy confined_;
  std::string file_;
  std::uint64_t incarnation_;
  asio::io_context io_{1};
  telemetry::Metrics metrics_;
  shells::System system_;
  shells::StoreShell store_;
  shells::BrainShell brain_;
  shells::GuardShell guard_;
  std::shared_ptr<gateway::Gateway> gateway_;
  net::link::Hub hub_;
  std::unique_ptr<http::Server> http_;
  std::unique_ptr<http::Server> admin_;
  asio::signal_set signals_;
  asio::steady_timer end_timer_;
  std::optional<TimePoint> stopping_;
  TimePoint leaving_{};
};

void raise_descriptor_limit() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Takes AI requests and places them on the fleet's machines"};
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
  auto ready = load(file);
  if (!ready) return 2;
  if (check) {
    std::printf("%s: ok (coordinator)\n", file.c_str());
    return 0;
  }
  raise_descriptor_limit();
  telemetry::init_logging("weir-coordinator");
  auto decisions = store::DecisionStore::open(ready->settings.data_dir);
  if (!decisions) {
    std::fprintf(stderr, "%s\n", decisions.error().detail.c_str());
    return 1;
  }
  auto confined = confine(ready->settings);  // before any thread starts
  if (!confined) {
    std::fprintf(stderr, "%s\n", confined.error().detail.c_str());
    return 1;
  }
  return Program{std::move(*ready), file, std::move(*decisions), std::move(*confined)}.run();
}
