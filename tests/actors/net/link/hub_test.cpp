#include "tests/actors/net/link/hub_fixture.hpp"

using namespace weir;
using namespace weir::net;
using namespace weir::net::link;
using weir::ports::DataKind;

namespace {

const AttemptId attempt{7, RequestId{42}, 1};

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span{text.data(), text.size()});
}

/// The coordinator dispatches, the agent accepts: the body's and the answer's streams are open.
void open_streams(Pair& p, std::uint64_t body_bytes = 100) {
  p.server->send(p.to_agent(), dispatch_of(attempt, body_bytes));
  REQUIRE(pump(p.io, [&] { return p.at_client.count<Dispatch>() == 1; }));
  p.client->send(p.to_coordinator(), Accept{attempt, 0});
  REQUIRE(pump(p.io, [&] { return p.at_server.count<Accept>() == 1; }));
}

}  // namespace

TEST_CASE("hub: both sides learn who the other is from its certificate and its hello") {
  Pair p;
  CHECK(p.at_server.peers[0].name == "agent");
  CHECK(p.at_server.peers[0].role == "agent");
  CHECK(p.at_server.peers[0].tier == Tier::l1);
  CHECK(p.at_server.hellos[0].incarnation == 9);
  CHECK(p.at_client.peers[0].role == "coordinator");
  CHECK(p.at_client.hellos[0].incarnation == 7);
  CHECK(p.client->peer_incarnation(p.to_coordinator()) == 7);
}

TEST_CASE("hub: messages arrive in order, both ways") {
  Pair p;
  for (std::uint64_t i = 1; i <= 100; ++i) {
    p.server->send(p.to_agent(), Cancel{{7, RequestId{i}, 1}, CancelReason::deadline});
    p.client->send(p.to_coordinator(), Refuse{{7, RequestId{i}, 1}, RefusalReason::draining, {}});
  }
  REQUIRE(pump(p.io, [&] {
    return p.at_client.messages.size() == 100 && p.at_server.messages.size() == 100;
  }));
  for (std::uint64_t i = 1; i <= 100; ++i) {
    CHECK(std::get<Cancel>(p.at_client.messages[i - 1]).attempt.request.value == i);
    CHECK(std::get<Refuse>(p.at_server.messages[i - 1]).attempt.request.value == i);
  }
}

TEST_CASE("hub: a body goes one way, an answer the other, and finish comes after its last byte") {
  Pair p;
  std::string body(3'000'000, 'b'), answer(2'000'000, 'a');
  open_streams(p, body.size());
  p.at_client.when_data = [&](LinkId link, StreamId stream, std::size_t n) {
    p.client->consumed(link, stream, n);
  };
  p.at_server.when_data = [&](LinkId link, StreamId stream, std::size_t n) {
    p.server->consumed(link, stream, n);
  };
  std::size_t bytes_at_finish = 0;
  p.at_server.when_message = [&](LinkId, const Message& m) {
    if (std::holds_alternative<Finish>(m)) bytes_at_finish = p.at_server.data.size();
  };
  CHECK(p.server->write(p.to_agent(), attempt.stream(), DataKind::body, bytes_of(body)) ==
        body.size());
  REQUIRE(pump(p.io, [&] { return p.at_client.data.size() == body.size(); }));
  p.client->send(p.to_coordinator(), Begin{attempt, 200, "text/plain"});
  p.client->write(p.to_coordinator(), attempt.stream(), DataKind::chunk, bytes_of(answer));
  Finish finish;
  finish.attempt = attempt;
  p.client->send(p.to_coordinator(), finish);
  REQUIRE(pump(p.io, [&] { return p.at_server.count<Finish>() == 1; }));
  CHECK(bytes_at_finish == answer.size());
  CHECK(p.at_client.data == body);
  CHECK(p.at_server.data == answer);
  CHECK(p.at_server.down.empty());
}

TEST_CASE("hub: without consumption a sender stops at its credit and goes on when it is given") {
  Pair p;
  open_streams(p);
  const std::string answer(1'000'000, 'a');
  p.client->write(p.to_coordinator(), attempt.stream(), DataKind::chunk, bytes_of(answer));
  REQUIRE(pump(p.io, [&] { return p.at_server.data.size() >= 256 * 1024; }));
  pump(p.io, [n = 0]() mutable { return ++n > 10; });
  CHECK(p.at_server.data.size() == 256 * 1024);
  p.at_server.when_data = [&](LinkId link, StreamId stream, std::size_t n) {
    p.server->consumed(link, stream, n);
  };
  p.server->consumed(p.to_agent(), attempt.stream(), p.at_server.data.size());
  REQUIRE(pump(p.io, [&] { return p.at_server.data.size() == answer.size(); }));
  CHECK(p.at_client.drained.size() == 1);
}

TEST_CASE("hub: data of a forgotten stream is dropped and counted, the link stays up") {
  Pair p;
  open_streams(p);
  p.server->forget(p.to_agent(), attempt.stream());
  p.client->write(p.to_coordinator(), attempt.stream(), DataKind::chunk, bytes_of("late"));
  REQUIRE(pump(p.io, [&] { return p.server->stats().stale_frames == 1; }));
  CHECK(p.at_server.data.empty());
  CHECK(p.at_server.down.empty());
}

TEST_CASE("hub: closing a link tells both sides once, and the agent comes back") {
  LinkLimits limits;
  limits.reconnect_min = limits.reconnect_max = Millis{20};
  Pair p{limits};
  const auto first = p.to_agent();
  p.server->close(first, "test");
  CHECK(p.at_server.down.empty());  // never from within the call
  REQUIRE(
      pump(p.io, [&] { return p.at_server.links.size() == 2 && p.at_client.links.size() == 2; }));
  CHECK(p.at_server.down == std::vector<LinkId>{first});
  CHECK(p.at_client.down.size() == 1);
  CHECK(p.to_agent() != first);
  p.server->send(first, Drain{true});  // a dead link: nothing happens
  p.server->send(p.to_agent(), Drain{true});
  REQUIRE(pump(p.io, [&] { return p.at_client.count<Drain>() == 1; }));
}

TEST_CASE("hub: the agent finds a coordinator that was restarted on the same port") {
  LinkLimits limits;
  limits.reconnect_min = limits.reconnect_max = Millis{20};
  Pair p{limits};
  p.server.reset();
  REQUIRE(pump(p.io, [&] { return p.at_client.down.size() == 1; }));
  p.server = std::make_unique<Hub>(p.io, limits, hello_of(8), p.at_server);
  REQUIRE(p.server->listen({"127.0.0.1", p.port},
                           *tls::link_server_context(p.folder.files("coordinator")), "test"));
  REQUIRE(pump(p.io, [&] { return p.at_client.hellos.size() == 2; }));
  CHECK(p.at_client.hellos[1].incarnation == 8);
}

TEST_CASE("hub: peers of another cluster, another role, or another authority never come up") {
  Pair p;
  CertFolder strangers;
  p.folder.issue("coordinator", "impostor", std::nullopt);
  Recorder at_bad;
  const auto refused = [&](const TlsFiles& files, const std::string& cluster) {
    const auto before = p.server->stats().handshakes_failed;
    Hub bad{p.io, {}, hello_of(3), at_bad};
    bad.connect({{"127.0.0.1", p.port}}, *tls::link_client_context(files), cluster);
    return pump(p.io, [&] {
      return p.server->stats().handshakes_failed > before || bad.stats().handshakes_failed > 0;
    });
  };
  CHECK(refused(p.folder.files("impostor"), "test"));    // a coordinator where agents connect
  CHECK(refused(p.folder.files("agent"), "elsewhere"));  // the server is not of that cluster
  CHECK(refused(strangers.files("agent"), "test"));      // another CA
  CHECK(at_bad.links.empty());
  CHECK(p.at_server.links.size() == 1);
}

TEST_CASE("hub: a client that connects and says nothing is closed at the handshake's deadline") {
  LinkLimits limits;
  limits.handshake_deadline = Millis{100};
  Pair p{limits};
  asio::ip::tcp::socket silent{p.io};
  silent.connect({asio::ip::address_v4::loopback(), p.port});
  bool closed = false;
  char byte = 0;
  silent.async_read_some(asio::buffer(&byte, 1),
                         [&](const asio::error_code& e, std::size_t) { closed = bool(e); });
  REQUIRE(pump(p.io, [&] { return closed; }));
  CHECK(p.server->stats().handshakes_failed == 1);
  CHECK(p.at_server.down.empty());
}

TEST_CASE("hub: idle links stay up by pings, far beyond the silence limit") {
  LinkLimits limits;
  limits.ping_every = Millis{50};
  limits.silence_max = Millis{400};
  Pair p{limits};
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(1200);
  pump(p.io, [&] { return std::chrono::steady_clock::now() > until; });
  CHECK(p.at_server.down.empty());
  CHECK(p.at_client.down.empty());
}

TEST_CASE("hub: a hub may go while its links are busy") {
  Pair p;
  open_streams(p);
  const std::string much(5'000'000, 'x');
  p.client->write(p.to_coordinator(), attempt.stream(), DataKind::chunk, bytes_of(much));
  p.client.reset();
  REQUIRE(pump(p.io, [&] { return p.at_server.down.size() == 1; }));
  p.server.reset();
  pump(p.io, [n = 0]() mutable { return ++n > 3; });
}
