// Two hubs on one loop: a coordinator that listens and an agent that connects.
#pragma once

#include "actors/net/asio.hpp"
#include "actors/net/certs/certs.hpp"
#include "actors/net/link/hub.hpp"

#include <doctest/doctest.h>
#include <unistd.h>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace weir::net::link {

/// A folder of certificates that is removed at the end.
class CertFolder {
 public:
  CertFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "weir-link-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    dir_ = pattern;
    REQUIRE(certs::init(dir_, "test"));
    issue("coordinator", "coordinator", std::nullopt);
    issue("agent", "agent", Tier::l1);
  }
  ~CertFolder() { std::filesystem::remove_all(dir_); }
  CertFolder(const CertFolder&) = delete;
  CertFolder& operator=(const CertFolder&) = delete;

  void issue(const std::string& role, const std::string& name, std::optional<Tier> tier) {
    REQUIRE(certs::issue(dir_, {role, name, tier, {}}));
  }
  TlsFiles files(const std::string& name) const {
    return {dir_ + "/ca.pem", dir_ + "/" + name + ".pem", dir_ + "/" + name + "-key.pem"};
  }

 private:
  std::string dir_;
};

/// Runs the loop until `done`; false after five seconds.
inline bool pump(asio::io_context& io, const std::function<bool()>& done) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) return false;
    io.restart();
    io.run_for(std::chrono::milliseconds(5));
  }
  return true;
}

/// Remembers what happened on the links of one side.
class Recorder : public ports::LinkEvents {
 public:
  void on_up(LinkId link, const PeerIdentity& peer, const Hello& hello) override {
    links.push_back(link);
    peers.push_back(peer);
    hellos.push_back(hello);
  }
  void on_message(LinkId link, Message message) override {
    if (when_message) when_message(link, message);
    messages.push_back(std::move(message));
  }
  void on_data(LinkId link, StreamId stream, ports::DataKind,
               std::span<const std::byte> bytes) override {
    data.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (when_data) when_data(link, stream, bytes.size());
  }
  void on_drained(LinkId, StreamId stream) override { drained.push_back(stream); }
  void on_down(LinkId link, const std::string& why) override {
    down.push_back(link);
    reasons.push_back(why);
  }

  template <class M>
  std::size_t count() const {
    return static_cast<std::size_t>(
        std::count_if(messages.begin(), messages.end(),
                      [](const Message& m) { return std::holds_alternative<M>(m); }));
  }

  std::vector<LinkId> links, down;
  std::vector<PeerIdentity> peers;
  std::vector<Hello> hellos;
  std::vector<Message> messages;
  std::vector<std::string> reasons;
  std::vector<StreamId> drained;
  std::string data;
  std::function<void(LinkId, const Message&)> when_message;
  std::function<void(LinkId, StreamId, std::size_t)> when_data;
};

inline MakeHello hello_of(std::uint64_t incarnation) {
  return [incarnation] {
    Hello h;
    h.incarnation = incarnation;
    h.software = "test";
    return h;
  };
}

inline Dispatch dispatch_of(const AttemptId& attempt, std::uint64_t body_bytes) {
  Dispatch d;
  d.attempt = attempt;
  d.model = "m";
  d.body_bytes = body_bytes;
  d.first_byte_ms = 1'000;
  d.stall_ms = 1'000;
  return d;
}

/// The pair, up. The coordinator's incarnation is 7, the agent's 9.
struct Pair {
  explicit Pair(LinkLimits limits = {}) {
    server = std::make_unique<Hub>(io, limits, hello_of(7), at_server);
    port = *server->listen({"127.0.0.1", 0}, *tls::link_server_context(folder.files("coordinator")),
                           "test");
    client = std::make_unique<Hub>(io, limits, hello_of(9), at_client);
    client->connect({{"127.0.0.1", port}}, *tls::link_client_context(folder.files("agent")),
                    "test");
    REQUIRE(pump(io, [&] { return !at_server.links.empty() && !at_client.links.empty(); }));
  }
  LinkId to_agent() const { return at_server.links.back(); }
  LinkId to_coordinator() const { return at_client.links.back(); }

  CertFolder folder;
  asio::io_context io{1};
  Recorder at_server, at_client;
  std::uint16_t port = 0;
  std::unique_ptr<Hub> server, client;
};

}  // namespace weir::net::link
