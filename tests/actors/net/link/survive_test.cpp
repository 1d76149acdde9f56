// What a link outlives: peers of a newer version, messages of our own that are too large,
// repeated dispatches, and streams beyond its credit.
#include "tests/actors/net/link/raw_peer.hpp"

using namespace weir;
using namespace weir::net;
using namespace weir::net::link;
using weir::ports::DataKind;

namespace {

const AttemptId attempt{7, RequestId{42}, 1};

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span{text.data(), text.size()});
}

/// A healthy pair, and an agent of a newer version beside it.
struct Newer {
  explicit Newer(LinkLimits limits = {}) : pair{limits} {
    pair.folder.issue("agent", "newer", Tier::l0);
    agent = std::make_unique<RawPeer>(pair.io, pair.port, pair.folder.files("newer"));
    auto hello = hello_of(11)();
    hello.software = "weir 9\nlevel=error \"x\"";
    agent->send(hello);
    REQUIRE(pump(pair.io, [&] { return pair.at_server.links.size() == 2; }));
  }
  void alive() {
    agent->send(Ping{77, false});
    const auto pong = agent->next<Ping>();
    REQUIRE(pong.has_value());
    CHECK(pong->nonce == 77);
    CHECK(pair.at_server.down.empty());
    CHECK(pair.server->stats().protocol_errors == 0);
  }

  Pair pair;
  std::unique_ptr<RawPeer> agent;
};

/// A coordinator of a newer version, and an agent of ours.
struct NewerCoordinator {
  NewerCoordinator() {
    hub.connect({{"127.0.0.1", acceptor.local_endpoint().port()}},
                *tls::link_client_context(folder.files("agent")), "test");
    coordinator = std::make_unique<RawPeer>(io, acceptor, folder.files("coordinator"));
    coordinator->send(hello_of(7)());
    REQUIRE(pump(io, [&] { return at_agent.links.size() == 1; }));
  }

  CertFolder folder;
  asio::io_context io{1};
  asio::ip::tcp::acceptor acceptor{io, {asio::ip::address_v4::loopback(), 0}};
  Recorder at_agent;
  Hub hub{io, {}, hello_of(9), at_agent};
  std::unique_ptr<RawPeer> coordinator;
};

/// As many as fill `bytes`, and some.
Inventory inventory_of(std::size_t bytes) {
  Inventory i;
  i.accept.tenants.assign(bytes / 256 + 1, std::string(256, 't'));
  return i;
}

}  // namespace

TEST_CASE("hub: enumerators of a newer agent are read as the cautious ones, the link lives") {
  Newer scene;
  Inventory inventory;
  inventory.engines.push_back({1, static_cast<EngineKind>(9), false, {}});
  scene.agent->send(inventory);
  scene.agent->send(Refuse{attempt, static_cast<RefusalReason>(200), {}});
  REQUIRE(pump(scene.pair.io, [&] { return scene.pair.at_server.messages.size() == 2; }));
  const auto& seen = scene.pair.at_server.messages;
  CHECK(std::get<Inventory>(seen[0]).engines.at(0).kind == EngineKind::openai);
  CHECK(std::get<Refuse>(seen[1]).reason == RefusalReason::no_free_slot);
  scene.alive();
}

TEST_CASE("hub: a dispatch to an endpoint of a newer coordinator is refused, the link lives") {
  NewerCoordinator scene;
  auto dispatch = dispatch_of(attempt, 10);
  dispatch.endpoint = static_cast<Endpoint>(10);
  scene.coordinator->send(dispatch);
  const auto refuse = scene.coordinator->next<Refuse>();
  REQUIRE(refuse.has_value());
  CHECK(refuse->attempt == attempt);
  CHECK(refuse->reason == RefusalReason::not_accepted);
  scene.coordinator->send(dispatch_of(attempt, 10));
  CHECK(pump(scene.io, [&] { return scene.at_agent.count<Dispatch>() == 1; }));
  CHECK(scene.hub.stats().ignored_messages == 1);
  CHECK(scene.at_agent.down.empty());
}

TEST_CASE("hub: what a peer calls its software is handed on without control characters") {
  Newer scene;
  CHECK(scene.pair.at_server.hellos[1].software == "weir 9?level=error ?x?");
}

TEST_CASE("hub: a message of our own over the limit stays here, and the link lives") {
  LinkLimits limits;
  limits.message_bytes_max = 4'096;
  Pair p{limits};
  for (int i = 0; i < 3; ++i) p.client->send(p.to_coordinator(), inventory_of(8'192));
  p.client->send(p.to_coordinator(), inventory_of(1'024));
  REQUIRE(pump(p.io, [&] { return p.at_server.count<Inventory>() == 1; }));
  CHECK(p.client->stats().dropped_messages == 3);
  CHECK(p.at_client.down.empty());
  CHECK(p.at_server.down.empty());
}

TEST_CASE("hub: an inventory of nearly a megabyte arrives") {
  Pair p;
  p.client->send(p.to_coordinator(), inventory_of(900'000));
  CHECK(pump(p.io, [&] { return p.at_server.count<Inventory>() == 1; }));
}

TEST_CASE("hub: refusing a repeated dispatch leaves the attempt that runs alone, on both sides") {
  Pair p;
  p.server->send(p.to_agent(), dispatch_of(attempt, 6));
  REQUIRE(pump(p.io, [&] { return p.at_client.count<Dispatch>() == 1; }));
  p.client->send(p.to_coordinator(), Accept{attempt, 0});
  p.client->write(p.to_coordinator(), attempt.stream(), DataKind::chunk, bytes_of("first "));
  REQUIRE(pump(p.io, [&] { return p.at_server.data == "first "; }));
  p.server->send(p.to_agent(), dispatch_of(attempt, 6));
  REQUIRE(pump(p.io, [&] { return p.at_client.count<Dispatch>() == 2; }));
  p.client->send(p.to_coordinator(), Refuse{attempt, RefusalReason::duplicate, {}});
  REQUIRE(pump(p.io, [&] { return p.at_server.count<Refuse>() == 1; }));
  CHECK(p.client->write(p.to_coordinator(), attempt.stream(), DataKind::chunk,
                        bytes_of("second")) == 6);
  p.server->write(p.to_agent(), attempt.stream(), DataKind::body, bytes_of("prompt"));
  REQUIRE(pump(p.io, [&] { return p.at_server.data == "first second"; }));
  CHECK(pump(p.io, [&] { return p.at_client.data == "prompt"; }));
  CHECK(p.at_server.down.empty());
}

TEST_CASE("hub: forty long jobs leave a large prompt its whole window") {
  Pair p;
  const std::string prompt(200'000, 'p');
  for (std::uint64_t i = 1; i <= 40; ++i) {
    const AttemptId job{7, RequestId{i}, 1};
    p.server->send(p.to_agent(), dispatch_of(job, prompt.size()));
    REQUIRE(pump(p.io, [&] { return p.at_client.count<Dispatch>() == i; }));
    p.client->send(p.to_coordinator(), Accept{job, 0});
    REQUIRE(pump(p.io, [&] { return p.at_server.count<Accept>() == i; }));
    CHECK(std::get<Accept>(p.at_server.messages.back()).credit_bytes == prompt.size());
    p.server->write(p.to_agent(), job.stream(), DataKind::body, bytes_of(prompt));
    REQUIRE(pump(p.io, [&] { return p.at_client.data.size() == i * prompt.size(); }));
  }
  const AttemptId large{7, RequestId{41}, 1};
  p.server->send(p.to_agent(), dispatch_of(large, 8'000'000));
  REQUIRE(pump(p.io, [&] { return p.at_client.count<Dispatch>() == 41; }));
  p.client->send(p.to_coordinator(), Accept{large, 0});
  REQUIRE(pump(p.io, [&] { return p.at_server.count<Accept>() == 41; }));
  CHECK(std::get<Accept>(p.at_server.messages.back()).credit_bytes == 256 * 1024);
}

TEST_CASE("hub: streams beyond the link's credit wait for it, then run to their end") {
  LinkLimits limits;
  limits.link_credit_bytes = 256 * 1024;
  Pair p{limits};
  constexpr std::uint64_t jobs = 300;
  std::size_t promised = 0, without = 0;
  p.at_client.when_message = [&](LinkId, const Message& m) {
    const auto* dispatch = std::get_if<Dispatch>(&m);
    if (dispatch == nullptr) return;
    promised += dispatch->credit_bytes;
    without += dispatch->credit_bytes == 0 ? 1 : 0;
    p.client->write(p.to_coordinator(), dispatch->attempt.stream(), DataKind::chunk,
                    bytes_of(std::string(2'000, 'a')));
    Finish finish;
    finish.attempt = dispatch->attempt;
    p.client->send(p.to_coordinator(), finish);
  };
  p.at_server.when_message = [&](LinkId link, const Message& m) {
    if (const auto* finish = std::get_if<Finish>(&m))
      p.server->forget(link, finish->attempt.stream());
  };
  for (std::uint64_t i = 1; i <= jobs; ++i)
    p.server->send(p.to_agent(), dispatch_of({7, RequestId{i}, 1}, 1));
  REQUIRE(pump(p.io, [&] { return p.at_server.count<Finish>() == jobs; }));
  CHECK(without > 0);
  CHECK(promised <= limits.link_credit_bytes);
  CHECK(p.at_server.data.size() == jobs * 2'000);
  CHECK(p.at_server.down.empty());
}
