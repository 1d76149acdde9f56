#include "tests/actors/net/link/hub_fixture.hpp"

using namespace weir;
using namespace weir::net;
using namespace weir::net::link;
using weir::ports::DataKind;
using Clock = std::chrono::steady_clock;

namespace {

const AttemptId attempt{7, RequestId{42}, 1};

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span{text.data(), text.size()});
}

void open_streams(Pair& p, std::uint64_t body_bytes = 100) {
  p.server->send(p.to_agent(), dispatch_of(attempt, body_bytes));
  REQUIRE(pump(p.io, [&] { return p.at_client.count<Dispatch>() == 1; }));
  p.client->send(p.to_coordinator(), Accept{attempt, 0});
  REQUIRE(pump(p.io, [&] { return p.at_server.count<Accept>() == 1; }));
}

}  // namespace

TEST_CASE("hub: messages overtake a body of 20 MB that flows by credit") {
  Pair p;
  const std::string body(20'000'000, 'b');
  open_streams(p, body.size());
  constexpr std::size_t every = 1'000'000;
  std::vector<std::size_t> body_seen;
  std::size_t next = every;
  p.at_client.when_data = [&](LinkId link, StreamId stream, std::size_t n) {
    p.client->consumed(link, stream, n);
    if (p.at_client.data.size() < next) return;
    next += every;
    p.server->send(p.to_agent(), Cancel{{7, RequestId{1}, 1}, CancelReason::deadline});
  };
  p.at_client.when_message = [&](LinkId, const Message& m) {
    if (std::holds_alternative<Cancel>(m)) body_seen.push_back(p.at_client.data.size());
  };
  p.server->write(p.to_agent(), attempt.stream(), DataKind::body, bytes_of(body));
  REQUIRE(pump(p.io, [&] { return p.at_client.data.size() == body.size(); }));
  REQUIRE(pump(p.io, [&] { return body_seen.size() == 20; }));
  CHECK(p.at_client.data == body);
  // Each left ahead of all the body that was still queued; only what was under way came first.
  for (std::size_t i = 0; i + 1 < body_seen.size(); ++i)
    CHECK(body_seen[i] < (i + 1) * every + 600'000);
}

TEST_CASE("hub: what was queued before stop arrives, then both sides hear of the end once") {
  Pair p;
  for (std::uint64_t i = 1; i <= 200; ++i)
    p.server->send(p.to_agent(), Cancel{{7, RequestId{i}, 1}, CancelReason::shutdown});
  p.server->stop();
  p.server->send(p.to_agent(), Drain{true});  // too late: nothing new is sent
  REQUIRE(pump(p.io, [&] { return p.at_server.down.size() == 1 && !p.at_client.down.empty(); }));
  CHECK(p.at_client.count<Cancel>() == 200);
  CHECK(p.at_client.count<Drain>() == 0);
  CHECK(p.at_server.reasons[0] == "stopping");
  CHECK(p.at_client.reasons[0] == "closed by the peer");
}

TEST_CASE("hub: a stopped hub waits for a stream without credit no longer than a second") {
  Pair p;
  open_streams(p);
  const std::string much(1'000'000, 'x');
  p.client->write(p.to_coordinator(), attempt.stream(), DataKind::chunk, bytes_of(much));
  const auto began = Clock::now();
  p.client->stop();
  REQUIRE(pump(p.io, [&] { return p.at_client.down.size() == 1; }));
  const auto took = Clock::now() - began;
  CHECK(took >= std::chrono::milliseconds(900));
  CHECK(took < std::chrono::milliseconds(1'600));
}

TEST_CASE("hub: after stop nobody comes up any more, and an agent dials no more") {
  LinkLimits limits;
  limits.reconnect_min = limits.reconnect_max = Millis{10};
  Pair p{limits};
  p.server->stop();
  REQUIRE(pump(p.io, [&] { return p.client->stats().handshakes_failed >= 3; }));
  CHECK(p.at_server.links.size() == 1);
  p.client->stop();
  pump(p.io, [n = 0]() mutable { return ++n > 3; });
  const auto before = p.client->stats().handshakes_failed;
  pump(p.io, [n = 0]() mutable { return ++n > 20; });
  CHECK(p.client->stats().handshakes_failed == before);
}

TEST_CASE("hub: the reason given to close is the one that is told, also with messages queued") {
  Pair p;
  p.server->send(p.to_agent(), Drain{true});
  p.server->close(p.to_agent(), "replaced");
  p.server->close(p.to_agent(), "again");
  REQUIRE(pump(p.io, [&] { return p.at_server.down.size() == 1; }));
  pump(p.io, [n = 0]() mutable { return ++n > 3; });
  CHECK(p.at_server.reasons == std::vector<std::string>{"replaced"});
}

TEST_CASE("hub: time in which the loop itself stood still is not held against the peers") {
  LinkLimits limits;
  limits.ping_every = Millis{50};
  limits.silence_max = Millis{300};
  Pair p{limits};
  const auto until = Clock::now() + std::chrono::milliseconds(700);
  while (Clock::now() < until) {}
  p.server->send(p.to_agent(), Drain{true});
  REQUIRE(pump(p.io, [&] { return p.at_client.count<Drain>() == 1; }));
  pump(p.io, [n = 0]() mutable { return ++n > 40; });
  CHECK(p.at_server.down.empty());
  CHECK(p.at_client.down.empty());
}

TEST_CASE("hub: a refusal closes the stream on both sides") {
  Pair p;
  p.server->send(p.to_agent(), dispatch_of(attempt, 100));
  REQUIRE(pump(p.io, [&] { return p.at_client.count<Dispatch>() == 1; }));
  CHECK(p.client->write(p.to_coordinator(), attempt.stream(), DataKind::chunk, bytes_of("a")) == 1);
  p.client->send(p.to_coordinator(), Refuse{attempt, RefusalReason::draining, {}});
  CHECK(p.client->write(p.to_coordinator(), attempt.stream(), DataKind::chunk, bytes_of("b")) == 0);
  REQUIRE(pump(p.io, [&] { return p.at_server.count<Refuse>() == 1; }));
  CHECK(p.server->write(p.to_agent(), attempt.stream(), DataKind::body, bytes_of("c")) == 0);
}

TEST_CASE("hub: after finish has left, its stream takes nothing more in either direction") {
  Pair p;
  open_streams(p);
  Finish finish;
  finish.attempt = attempt;
  p.client->send(p.to_coordinator(), finish);
  REQUIRE(pump(p.io, [&] { return p.at_server.count<Finish>() == 1; }));
  CHECK(p.client->write(p.to_coordinator(), attempt.stream(), DataKind::chunk, bytes_of("x")) == 0);
  p.server->write(p.to_agent(), attempt.stream(), DataKind::body, bytes_of("late"));
  REQUIRE(pump(p.io, [&] { return p.client->stats().stale_frames == 1; }));
  CHECK(p.at_client.data.empty());
}

TEST_CASE("hub: new certificates serve new links and leave old ones up") {
  LinkLimits limits;
  limits.reconnect_min = limits.reconnect_max = Millis{20};
  Pair p{limits};
  p.folder.issue("coordinator", "second", std::nullopt);
  p.folder.issue("agent", "renamed", Tier::l0);
  p.server->replace_tls(*tls::link_server_context(p.folder.files("second")));
  p.client->replace_tls(*tls::link_client_context(p.folder.files("renamed")));
  p.server->send(p.to_agent(), Drain{true});
  REQUIRE(pump(p.io, [&] { return p.at_client.count<Drain>() == 1; }));
  p.server->close(p.to_agent(), "test");
  REQUIRE(
      pump(p.io, [&] { return p.at_server.peers.size() == 2 && p.at_client.peers.size() == 2; }));
  CHECK(p.at_server.peers[1].name == "renamed");
  CHECK(p.at_server.peers[1].tier == Tier::l0);
  CHECK(p.at_client.peers[1].name == "second");
}

TEST_CASE("hub: beyond links_max an agent is refused, and the others keep their links") {
  LinkLimits limits;
  limits.links_max = 1;
  Pair p{limits};
  Recorder at_second;
  Hub second{p.io, {}, hello_of(3), at_second};
  second.connect({{"127.0.0.1", p.port}}, *tls::link_client_context(p.folder.files("agent")),
                 "test");
  REQUIRE(pump(p.io, [&] { return p.server->stats().handshakes_failed > 0; }));
  CHECK(at_second.links.empty());
  CHECK(p.at_server.down.empty());
}

TEST_CASE("hub: an address in use, or none at all, is an error and no crash") {
  Pair p;
  Recorder events;
  Hub other{p.io, {}, hello_of(3), events};
  const auto context = *tls::link_server_context(p.folder.files("coordinator"));
  CHECK(other.listen({"127.0.0.1", p.port}, context, "test").error().code == Code::unreachable);
  CHECK(other.listen({"no address", 0}, context, "test").error().code == Code::unreachable);
}

TEST_CASE("hub: names are resolved, and one that leads nowhere is tried again") {
  Pair p;
  Recorder events;
  LinkLimits limits;
  limits.reconnect_min = limits.reconnect_max = Millis{10};
  Hub named{p.io, limits, hello_of(3), events};
  const auto context = *tls::link_client_context(p.folder.files("agent"));
  named.connect({{"localhost", p.port}, {"127.0.0.1", 1}}, context, "test");
  REQUIRE(pump(p.io, [&] { return events.links.size() == 1; }));
  REQUIRE(pump(p.io, [&] { return named.stats().handshakes_failed >= 3; }));
  CHECK(events.down.empty());
}

TEST_CASE("hub: it may be destroyed from within its own event") {
  Pair p;
  p.at_client.when_message = [&](LinkId, const Message&) { p.client.reset(); };
  for (int i = 0; i < 10; ++i) p.server->send(p.to_agent(), Drain{true});
  REQUIRE(pump(p.io, [&] { return p.client == nullptr; }));
  REQUIRE(pump(p.io, [&] { return p.at_server.down.size() == 1; }));
  CHECK(p.at_client.messages.size() == 1);  // nothing came after it was gone
  CHECK(p.at_client.down.empty());
}

TEST_CASE("hub: it may be destroyed while handshakes are under way") {
  CertFolder folder;
  asio::io_context io{1};
  Recorder events;
  for (int i = 0; i < 5; ++i) {
    Hub server{io, {}, hello_of(7), events};
    const auto port = *server.listen(
        {"127.0.0.1", 0}, *tls::link_server_context(folder.files("coordinator")), "test");
    Hub client{io, {}, hello_of(9), events};
    client.connect({{"127.0.0.1", port}}, *tls::link_client_context(folder.files("agent")), "test");
    for (int turn = 0; turn < i; ++turn) io.run_for(std::chrono::milliseconds(1));
  }
  io.restart();
  io.run_for(std::chrono::milliseconds(50));
  CHECK(events.links.size() <= 10);
}
