// What a link costs. Prints two JSON lines:
//   {"mbit_s":M,"body_mb":B,"body_s":S,"controls":N,"delay_ms":{"min":…,"p50":…,"p99":…,"max":…}}
//     how long messages wait behind a body on a slow network (a relay of our own, or none with
//     --mbit 0, where the network itself is slow)
//   {"links":N,"cpu_us_per_link":…,"kb_per_end":…}
//     CPU time to bring a link up, handshake included, both ends together; memory of an idle end
#include "actors/net/certs/certs.hpp"
#include "actors/net/link/hub.hpp"
#include "tests/bench/slow_relay.hpp"

#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>
#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <vector>

namespace {

using namespace weir;
using namespace weir::net;
using Clock = std::chrono::steady_clock;

struct Options {
  double mbit = 100;
  std::size_t body_mb = 20;
  std::size_t links = 500;
  std::uint32_t every_ms = 5;
};

/// Everything both ends need to find each other.
struct Certificates {
  Certificates() {
    std::string pattern = (std::filesystem::temp_directory_path() / "weir-bench-XXXXXX").string();
    ok = ::mkdtemp(pattern.data()) != nullptr && certs::init(pattern, "bench") &&
         certs::issue(pattern, {"coordinator", "c", std::nullopt, {}}) &&
         certs::issue(pattern, {"agent", "a", Tier::l1, {}});
    dir = pattern;
  }
  ~Certificates() { std::filesystem::remove_all(dir); }
  TlsFiles files(const std::string& name) const {
    return {dir + "/ca.pem", dir + "/" + name + ".pem", dir + "/" + name + "-key.pem"};
  }
  std::string dir;
  bool ok = false;
};

class Side : public ports::LinkEvents {
 public:
  void on_up(LinkId link, const PeerIdentity&, const Hello&) override { links.push_back(link); }
  void on_message(LinkId link, Message message) override {
    if (when_message) when_message(link, message);
  }
  void on_data(LinkId link, StreamId stream, ports::DataKind,
               std::span<const std::byte> bytes) override {
    received += bytes.size();
    hub->consumed(link, stream, bytes.size());
  }
  void on_drained(LinkId, StreamId) override {}
  void on_down(LinkId, const std::string& why) override {
    std::fprintf(stderr, "link down: %s\n", why.c_str());
    ++down;
  }

  std::vector<LinkId> links;
  std::size_t received = 0, down = 0;
  std::function<void(LinkId, const Message&)> when_message;
  link::Hub* hub = nullptr;
};

/// Each as of another process: links to one coordinator through many addresses would be refused.
Hello hello() {
  static std::uint64_t last_incarnation = 0;
  Hello h;
  h.incarnation = ++last_incarnation;
  h.software = "bench";
  return h;
}

bool pump(asio::io_context& io, const std::function<bool()>& done) {
  const auto end = Clock::now() + std::chrono::seconds(60);
  while (!done()) {
    if (Clock::now() > end) return false;
    io.restart();
    io.run_for(std::chrono::milliseconds(2));
  }
  return true;
}

double millis(Clock::duration d) { return std::chrono::duration<double, std::milli>(d).count(); }

/// Two hubs in this process, on one loop.
struct Scene {
  explicit Scene(const Certificates& certificates)
      : server{io, {}, hello, at_server}, client{io, {}, hello, at_client} {
    at_server.hub = &server;
    at_client.hub = &client;
    port = *server.listen({"127.0.0.1", 0}, *tls::link_server_context(certificates.files("c")),
                          "bench");
    agent_context = *tls::link_client_context(certificates.files("a"));
  }
  bool connect(std::uint16_t to, std::size_t links) {
    client.connect(std::vector<HostPort>(links, HostPort{"127.0.0.1", to}), agent_context, "bench");
    return pump(io,
                [&] { return at_server.links.size() >= links && at_client.links.size() >= links; });
  }
  asio::io_context io{1};
  Side at_server, at_client;
  link::Hub server, client;
  tls::Context agent_context;
  std::uint16_t port = 0;
};

/// Sends a Cancel every few milliseconds while the body flows; request n of them is the n-th.
class Prober {
 public:
  Prober(Scene& scene, LinkId link, std::uint32_t every_ms)
      : scene_{scene}, link_{link}, every_{every_ms}, timer_{scene.io} {
    scene.at_client.when_message = [this](LinkId, const Message& m) {
      if (const auto* cancel = std::get_if<Cancel>(&m))
        delays_ms.push_back(millis(Clock::now() - sent_[cancel->attempt.request.value - 1]));
    };
  }
  void tick() {
    sent_.push_back(Clock::now());
    scene_.server.send(link_, Cancel{{7, RequestId{sent_.size()}, 2}, CancelReason::client_gone});
    timer_.expires_after(every_);
    timer_.async_wait([this](const asio::error_code& e) {
      if (!e) tick();
    });
  }
  void stop() { timer_.cancel(); }

  std::vector<double> delays_ms;

 private:
  Scene& scene_;
  LinkId link_;
  Millis every_;
  asio::steady_timer timer_;
  std::vector<Clock::time_point> sent_;
};

bool head_of_line(const Certificates& certificates, const Options& options) {
  Scene scene{certificates};
  std::optional<bench::SlowRelay> relay;
  if (options.mbit > 0) relay.emplace(scene.port, options.mbit * 1e6 / 8);
  if (!scene.connect(relay ? relay->port() : scene.port, 1)) return false;
  const auto link = scene.at_server.links[0];
  const AttemptId attempt{7, RequestId{1}, 1};
  Dispatch dispatch;
  dispatch.attempt = attempt;
  dispatch.model = "m";
  dispatch.body_bytes = options.body_mb * 1'000'000;
  dispatch.first_byte_ms = dispatch.stall_ms = 1'000;
  bool accepted = false;
  scene.at_client.when_message = [&](LinkId from, const Message&) {
    scene.client.send(from, Accept{attempt, 0});
  };
  scene.at_server.when_message = [&](LinkId, const Message&) { accepted = true; };
  scene.server.send(link, dispatch);
  if (!pump(scene.io, [&] { return accepted; })) return false;
  Prober prober{scene, link, options.every_ms};
  const std::vector<std::byte> body(options.body_mb * 1'000'000);
  const auto began = Clock::now();
  scene.server.write(link, attempt.stream(), ports::DataKind::body, body);
  prober.tick();
  if (!pump(scene.io, [&] { return scene.at_client.received == body.size(); })) return false;
  const double body_s = millis(Clock::now() - began) / 1e3;
  prober.stop();
  auto& delays = prober.delays_ms;
  std::sort(delays.begin(), delays.end());
  if (delays.empty()) return false;
  std::printf(
      "{\"mbit_s\":%g,\"body_mb\":%zu,\"body_s\":%.2f,\"controls\":%zu,\"delay_ms\":{\"min\":%.2f,"
      "\"p50\":%.2f,\"p99\":%.2f,\"max\":%.2f}}\n",
      options.mbit, options.body_mb, body_s, delays.size(), delays.front(),
      delays[delays.size() / 2], delays[delays.size() * 99 / 100], delays.back());
  return scene.at_server.down + scene.at_client.down == 0;
}

double cpu_us() {
  rusage use{};
  ::getrusage(RUSAGE_SELF, &use);
  return 1e6 * static_cast<double>(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
         static_cast<double>(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
}

double resident_kb() {
  ::malloc_trim(0);
  std::ifstream statm{"/proc/self/statm"};
  double size = 0, resident = 0;
  statm >> size >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1024;
}

bool idle_links(const Certificates& certificates, const Options& options) {
  Scene scene{certificates};
  if (!scene.connect(scene.port, 1)) return false;  // what is made once is not a link's
  const double kb = resident_kb(), us = cpu_us();
  if (!scene.connect(scene.port, options.links)) return false;
  const auto n = static_cast<double>(options.links);
  const double us_per_link = (cpu_us() - us) / n;
  const auto until = Clock::now() + std::chrono::seconds(2);  // idle, but for their pings
  pump(scene.io, [&] { return Clock::now() > until; });
  std::printf("{\"links\":%zu,\"cpu_us_per_link\":%.0f,\"kb_per_end\":%.1f}\n", options.links,
              us_per_link, (resident_kb() - kb) / n / 2);
  return scene.at_server.down + scene.at_client.down == 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  Options options;
  CLI::App app{"Measures what a link costs, and how long messages wait behind a large body"};
  app.add_option("--mbit", options.mbit, "the network's rate; 0: no relay of ours");
  app.add_option("--body-mb", options.body_mb, "the body's size");
  app.add_option("--links", options.links, "idle links to make; 0: none");
  app.add_option("--every-ms", options.every_ms, "time between messages");
  CLI11_PARSE(app, argc, argv);
  const Certificates certificates;
  if (!certificates.ok) return 1;
  if (!head_of_line(certificates, options)) return 1;
  return options.links == 0 || idle_links(certificates, options) ? 0 : 1;
}
