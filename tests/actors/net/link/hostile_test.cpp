#include "tests/actors/net/link/raw_peer.hpp"

using namespace weir;
using namespace weir::net;
using namespace weir::net::link;
using codec::FrameType;

namespace {

const AttemptId attempt{7, RequestId{42}, 1};

Message hello(std::uint64_t incarnation) { return hello_of(incarnation)(); }

/// A healthy pair, and a second agent of ours that talks as a test wants.
struct Scene {
  explicit Scene(LinkLimits limits = {}) : pair{limits} {
    pair.folder.issue("agent", "odd", Tier::l0);
    odd = std::make_unique<RawPeer>(pair.io, pair.port, pair.folder.files("odd"));
  }
  /// The odd agent says hello properly.
  void greet() {
    odd->send(hello(11));
    REQUIRE(pump(pair.io, [&] { return pair.at_server.links.size() == 2; }));
  }
  /// The coordinator sends the odd agent a job, and learns that it was accepted.
  Dispatch give_job() {
    greet();
    pair.server->send(pair.at_server.links[1], dispatch_of(attempt, 100));
    const auto job = odd->next<Dispatch>();
    REQUIRE(job.has_value());
    odd->send(Accept{attempt, 1U << 20U});
    REQUIRE(pump(pair.io, [&] { return pair.at_server.count<Accept>() == 1; }));
    return *job;
  }
  /// The odd link was closed as a breach, and the healthy one did not notice.
  void closed_as_breach() {
    CHECK(odd->closed());
    CHECK(pair.server->stats().protocol_errors == 1);
    healthy();
  }
  void healthy() {
    const auto before = pair.at_client.count<Drain>();
    pair.server->send(pair.at_server.links[0], Drain{true});
    CHECK(pump(pair.io, [&] { return pair.at_client.count<Drain>() > before; }));
    CHECK(pair.at_client.down.empty());
  }

  Pair pair;
  std::unique_ptr<RawPeer> odd;
};

std::string header(std::uint32_t length, std::uint16_t type, char flags = 0) {
  std::string out;
  put_header(out, {length, static_cast<FrameType>(type), 1});
  out[6] = flags;
  return out;
}

}  // namespace

TEST_CASE("hub: headers outside the protocol close their link and no other") {
  const std::vector<std::string> headers{
      header(0xFFFFFFFFU, 1),
      header((1U << 20U) + 8, 1),
      header(16 * 1024 + 1, 3),
      header(8, 3),
      header(0, 1),
      header(64, 0),
      header(64, 4),
      header(64, 0xFFFF),
      header(64, 1, 1),
  };
  for (const auto& bytes : headers) {
    Scene scene;
    scene.greet();
    scene.odd->send_raw(bytes);
    scene.closed_as_breach();
    REQUIRE(pump(scene.pair.io, [&] { return scene.pair.at_server.down.size() == 1; }));
    CHECK(scene.pair.at_server.down[0] == scene.pair.at_server.links[1]);
  }
}

TEST_CASE("hub: anything before hello closes the link, which never came up") {
  SUBCASE("a message") {
    Scene scene;
    scene.odd->send(Ping{1, false});
    scene.closed_as_breach();
    CHECK(scene.pair.at_server.links.size() == 1);
    CHECK(scene.pair.at_server.down.empty());
  }
  SUBCASE("data") {
    Scene scene;
    scene.odd->send_data(FrameType::chunk, attempt.stream(), 0, "x");
    scene.closed_as_breach();
    CHECK(scene.pair.at_server.down.empty());
  }
}

TEST_CASE("hub: a second hello, a malformed message, or one of the other role closes the link") {
  Scene scene;
  scene.greet();
  SUBCASE("hello") { scene.odd->send(hello(11)); }
  SUBCASE("malformed") { scene.odd->send_frame(FrameType::message, 0, std::string(64, '\xff')); }
  SUBCASE("no multiple of a word") { scene.odd->send_frame(FrameType::message, 0, "abc"); }
  SUBCASE("an agent that dispatches") { scene.odd->send(dispatch_of(attempt, 1)); }
  SUBCASE("an agent that cancels") { scene.odd->send(Cancel{attempt, CancelReason::deadline}); }
  SUBCASE("an agent that drains") { scene.odd->send(Drain{true}); }
  scene.closed_as_breach();
}

TEST_CASE("hub: a message of a kind from a newer schema is ignored") {
  Scene scene;
  scene.greet();
  auto newer = codec::encode(Ping{5, false});
  constexpr std::size_t kind_at = 16;  // behind the segment table and the root pointer
  REQUIRE(newer[kind_at] == std::byte{15});
  newer[kind_at] = std::byte{99};
  scene.odd->send_encoded(newer);
  scene.odd->send(Ping{77, false});
  const auto pong = scene.odd->next<Ping>();
  REQUIRE(pong.has_value());
  CHECK(pong->reply);
  CHECK(pong->nonce == 77);
  CHECK(scene.pair.server->stats().ignored_messages == 1);
  CHECK(scene.pair.at_server.down.empty());
}

TEST_CASE("hub: data beyond its credit, at a wrong offset, or of the wrong kind closes the link") {
  Scene scene;
  const auto job = scene.give_job();
  CHECK(job.credit_bytes == 256 * 1024);
  const std::string piece(16 * 1024 - offset_bytes, 'x');
  SUBCASE("credit") {
    std::uint64_t at = 0;
    for (; at + piece.size() <= job.credit_bytes; at += piece.size())
      scene.odd->send_data(FrameType::chunk, attempt.stream(), at, piece);
    REQUIRE(pump(scene.pair.io, [&] { return scene.pair.at_server.data.size() == at; }));
    CHECK(scene.pair.at_server.down.empty());
    scene.odd->send_data(FrameType::chunk, attempt.stream(), at, piece);
  }
  SUBCASE("a gap") { scene.odd->send_data(FrameType::chunk, attempt.stream(), 1, "x"); }
  SUBCASE("a repetition") {
    scene.odd->send_data(FrameType::chunk, attempt.stream(), 0, "x");
    scene.odd->send_data(FrameType::chunk, attempt.stream(), 0, "x");
  }
  SUBCASE("kind") { scene.odd->send_data(FrameType::body, attempt.stream(), 0, "x"); }
  scene.closed_as_breach();
}

TEST_CASE("hub: data of a stream that nobody opened is counted, and the link stays up") {
  Scene scene;
  scene.greet();
  scene.odd->send_data(FrameType::chunk, StreamId{999}, 12345, "x");
  REQUIRE(pump(scene.pair.io, [&] { return scene.pair.server->stats().stale_frames == 1; }));
  scene.odd->send(Ping{1, false});
  CHECK(scene.odd->next<Ping>().has_value());
  CHECK(scene.pair.at_server.data.empty());
}

TEST_CASE("hub: accepting what was never dispatched opens no stream") {
  Scene scene;
  scene.greet();
  scene.odd->send(Accept{attempt, 1U << 20U});
  REQUIRE(pump(scene.pair.io, [&] { return scene.pair.at_server.count<Accept>() == 1; }));
  const std::string body = "secret";
  CHECK(scene.pair.server->write(scene.pair.at_server.links[1], attempt.stream(),
                                 ports::DataKind::body,
                                 std::as_bytes(std::span{body.data(), body.size()})) == 0);
}

TEST_CASE("hub: an agent of no common protocol version never comes up") {
  Scene scene;
  auto newer = hello_of(11)();
  newer.version_min = protocol_max + 1;
  newer.version_max = protocol_max + 5;
  scene.odd->send(newer);
  CHECK(scene.odd->closed());
  CHECK(scene.pair.at_server.links.size() == 1);
  scene.healthy();
}

TEST_CASE("hub: an agent that also speaks newer versions comes up") {
  Scene scene;
  auto newer = hello_of(11)();
  newer.version_max = protocol_max + 5;
  scene.odd->send(newer);
  CHECK(pump(scene.pair.io, [&] { return scene.pair.at_server.links.size() == 2; }));
}

TEST_CASE("hub: a peer that never says hello is closed at the deadline") {
  LinkLimits limits;
  limits.hello_deadline = Millis{150};
  Scene scene{limits};
  CHECK(scene.odd->closed());
  CHECK(scene.pair.at_server.links.size() == 1);
  CHECK(scene.pair.at_server.down.empty());
  scene.healthy();
}

TEST_CASE("hub: a peer that falls silent after its hello is declared down") {
  LinkLimits limits;
  limits.ping_every = Millis{50};
  limits.silence_max = Millis{300};
  Scene scene{limits};
  scene.greet();
  CHECK(scene.odd->closed());  // it reads, but answers no ping
  REQUIRE(pump(scene.pair.io, [&] { return scene.pair.at_server.down.size() == 1; }));
  CHECK(scene.pair.at_server.reasons[0] == "silent");
  scene.healthy();
}

TEST_CASE("hub: a peer that stops reading is closed once too many messages wait for it") {
  LinkLimits limits;
  limits.control_bytes_max = 256 * 1024;
  Scene scene{limits};
  scene.greet();
  Dispatch large = dispatch_of(attempt, 1);
  large.tenant = std::string(200, 't');
  std::uint64_t sent = 0;
  REQUIRE(pump(scene.pair.io, [&] {
    for (int i = 0; i < 100; ++i) {
      large.attempt.request = RequestId{++sent};
      scene.pair.server->send(scene.pair.at_server.links[1], large);
      scene.pair.server->send(scene.pair.at_server.links[0], Drain{true});
    }
    return !scene.pair.at_server.down.empty();
  }));
  CHECK(scene.pair.at_server.reasons[0] == "slow peer");
  CHECK(scene.pair.at_server.down[0] == scene.pair.at_server.links[1]);
  scene.healthy();
}

TEST_CASE("hub: a peer that talks but never reads is closed for its lack of progress") {
  LinkLimits limits;
  limits.silence_max = Millis{300};
  limits.ping_every = Millis{50};
  Scene scene{limits};
  scene.greet();
  scene.pair.server->send(scene.pair.at_server.links[1], dispatch_of(attempt, 100));
  scene.odd->send(Accept{attempt, 1U << 30U});
  REQUIRE(pump(scene.pair.io, [&] { return scene.pair.at_server.count<Accept>() == 1; }));
  const std::string body(30'000'000, 'b');
  scene.pair.server->write(scene.pair.at_server.links[1], attempt.stream(), ports::DataKind::body,
                           std::as_bytes(std::span{body.data(), body.size()}));
  REQUIRE(pump(scene.pair.io, [&] {
    scene.odd->send(Ping{1, true});
    return !scene.pair.at_server.down.empty();
  }));
  CHECK(scene.pair.at_server.reasons[0] == "slow peer");
}

TEST_CASE("hub: a coordinator that speaks no common version, or like an agent, is left alone") {
  CertFolder folder;
  asio::io_context io{1};
  asio::ip::tcp::acceptor acceptor{io, {asio::ip::address_v4::loopback(), 0}};
  Recorder at_agent;
  LinkLimits limits;
  limits.reconnect_min = limits.reconnect_max = Millis{20};
  Hub hub{io, limits, hello_of(9), at_agent};
  hub.connect({{"127.0.0.1", acceptor.local_endpoint().port()}},
              *tls::link_client_context(folder.files("agent")), "test");
  RawPeer newer{io, acceptor, folder.files("coordinator")};
  auto h = hello_of(7)();
  h.version_min = h.version_max = protocol_max + 1;
  newer.send(h);
  CHECK(newer.closed());
  CHECK(at_agent.links.empty());
  RawPeer confused{io, acceptor, folder.files("coordinator")};  // it dialled again
  confused.send(hello(7));
  REQUIRE(pump(io, [&] { return at_agent.links.size() == 1; }));
  confused.send(Accept{attempt, 1});
  CHECK(confused.closed());
  REQUIRE(pump(io, [&] { return at_agent.down.size() == 1; }));
  CHECK(hub.stats().protocol_errors == 1);
}
