// One coordinator under several addresses: an agent keeps one link to it.
#include "tests/actors/net/link/raw_peer.hpp"

using namespace weir;
using namespace weir::net;
using namespace weir::net::link;

namespace {

LinkLimits quick() {
  LinkLimits limits;
  limits.reconnect_min = limits.reconnect_max = Millis{20};
  return limits;
}

/// A coordinator that listens at two ports, and an agent that is given both.
struct Twins {
  Twins() : server{io, {}, hello_of(7), at_server}, client{io, quick(), hello_of(9), at_client} {
    const auto context = *tls::link_server_context(folder.files("coordinator"));
    port = *server.listen({"127.0.0.1", 0}, context, "test");
  }
  void connect(const std::vector<HostPort>& where) {
    client.connect(where, *tls::link_client_context(folder.files("agent")), "test");
  }

  CertFolder folder;
  asio::io_context io{1};
  Recorder at_server, at_client;
  Hub server, client;
  std::uint16_t port = 0;
};

}  // namespace

TEST_CASE("hub: a coordinator under two addresses gets one link, which is not disturbed") {
  Twins t;
  t.connect({{"127.0.0.1", t.port}, {"localhost", t.port}});
  REQUIRE(pump(t.io, [&] { return t.client.stats().doubles_refused >= 3; }));
  CHECK(t.at_client.links.size() == 1);
  // The coordinator never saw a second hello, so it has no reason to drop the first link.
  CHECK(t.at_server.links.size() == 1);
  CHECK(t.at_client.down.empty());
  CHECK(t.at_server.down.empty());
}

TEST_CASE("hub: when the link through one address ends, the other address may take over") {
  Twins t;
  // The first address leads to the coordinator through a door that can be shut.
  asio::ip::tcp::acceptor door{t.io, {asio::ip::address_v4::loopback(), 0}};
  const auto door_port = door.local_endpoint().port();
  t.connect({{"127.0.0.1", door_port}});
  {
    RawPeer first{t.io, door, t.folder.files("coordinator")};
    door.close();
    first.send(hello_of(7)());
    REQUIRE(first.next<Hello>().has_value());
    REQUIRE(pump(t.io, [&] { return t.at_client.links.size() == 1; }));
    t.connect({{"127.0.0.1", t.port}});
    REQUIRE(pump(t.io, [&] { return t.client.stats().doubles_refused >= 2; }));
    CHECK(t.at_client.links.size() == 1);
  }
  REQUIRE(pump(t.io, [&] { return t.at_client.links.size() == 2; }));
  CHECK(t.at_client.down == std::vector<LinkId>{t.at_client.links[0]});
  CHECK(t.at_server.links.size() == 1);
}

TEST_CASE("hub: two coordinators are two links, and one that restarted as another is let in") {
  Twins t;
  Hub other{t.io, {}, hello_of(8), t.at_server};
  const auto context = *tls::link_server_context(t.folder.files("coordinator"));
  const auto port = *other.listen({"127.0.0.1", 0}, context, "test");
  t.connect({{"127.0.0.1", t.port}, {"127.0.0.1", port}});
  CHECK(pump(t.io, [&] { return t.at_client.links.size() == 2; }));
  CHECK(t.client.stats().doubles_refused == 0);
}

TEST_CASE("hub: an agent says nothing before it has read the coordinator's hello") {
  CertFolder folder;
  asio::io_context io{1};
  asio::ip::tcp::acceptor acceptor{io, {asio::ip::address_v4::loopback(), 0}};
  Recorder at_agent;
  LinkLimits limits = quick();
  limits.ping_every = Millis{10};
  Hub hub{io, limits, hello_of(9), at_agent};
  hub.connect({{"127.0.0.1", acceptor.local_endpoint().port()}},
              *tls::link_client_context(folder.files("agent")), "test");
  RawPeer coordinator{io, acceptor, folder.files("coordinator")};
  pump(io, [&, n = 0]() mutable {
    CHECK(coordinator.read());
    return ++n > 40;  // several sweeps: no ping either
  });
  CHECK(coordinator.messages.empty());
  coordinator.send(hello_of(7)());
  REQUIRE(coordinator.next<Hello>().has_value());
  CHECK(coordinator.next<Hello>()->incarnation == 9);
  CHECK(std::holds_alternative<Hello>(coordinator.messages[0]));
}
