// When a call's time is over, and what becomes of a connection whose answer nobody wants.
#include "actors/net/http/client.hpp"
#include "tests/actors/net/http/loop.hpp"

#include <doctest/doctest.h>
#include <optional>

namespace {

using namespace weir;
using namespace weir::net::http;
using namespace weir::net::http::test;

/// A client, the raw server that it talks to, and one call.
struct World {
  void start(ClientRequest request = {}) {
    call = client.start({false, "127.0.0.1", listener.port(), ""}, std::move(request),
                        {[this](int, const Headers&) {
                           if (discard_at_head) client.discard(call);
                           ++heads;
                         },
                         [this](std::span<const std::byte> some) { bytes += some.size(); },
                         [this](Result<Done> how) { ended.emplace(std::move(how)); }});
  }
  Peer accept() {
    Peer peer;
    REQUIRE(loop.until([&] { return (peer = listener.accept()).open(); }));
    expect(peer);
    return peer;
  }
  void expect(Peer& peer) {
    REQUIRE(loop.until([&] { return peer.got("\r\n\r\n"); }));
    peer.take();
  }
  bool timed_out() const { return ended && !*ended && ended->error().code == Code::timed_out; }

  Listener listener;
  Loop loop;
  Client client{loop.io, std::nullopt, 2};
  CallId call = 0;
  bool discard_at_head = false;
  int heads = 0;
  std::size_t bytes = 0;
  std::optional<Result<Done>> ended;
};

const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n";

}  // namespace

TEST_CASE("client: headers that come early are no first byte, and do not move its limit") {
  World w;
  ClientRequest request;
  request.first_byte_max = Millis{60};
  request.stall_max = Millis{60'000};
  w.start(request);
  auto server = w.accept();
  server.send(head);
  CHECK(w.loop.until([&] { return w.ended.has_value(); }, Millis{2'000}));
  CHECK(w.timed_out());
  CHECK(w.heads == 1);
}

TEST_CASE("client: a short stall limit does not cut the wait for the first byte of the body") {
  World w;
  ClientRequest request;
  request.first_byte_max = Millis{60'000};
  request.stall_max = Millis{30};
  w.start(request);
  auto server = w.accept();
  server.send(head);
  w.loop.pump(Millis{80});
  CHECK_FALSE(w.ended);
  server.send("x");
  CHECK(w.loop.until([&] { return w.ended.has_value(); }, Millis{2'000}));
  CHECK(w.timed_out());
  CHECK(w.bytes == 1);
}

TEST_CASE("client: a discarded answer that is short leaves a connection to use again") {
  World w;
  w.discard_at_head = true;
  w.start();
  auto server = w.accept();
  server.send(head);
  REQUIRE(w.loop.until([&] { return w.heads == 1; }));
  server.send(std::string(100, 'x'));
  w.loop.pump(Millis{10});
  w.discard_at_head = false;
  w.start();
  w.expect(server);
  server.send(head + std::string(100, 'x'));
  REQUIRE(w.loop.until([&] { return w.ended.has_value(); }));
  CHECK(w.heads == 2);
  CHECK(w.bytes == 100);  // of the second call alone
}

TEST_CASE("client: a discarded answer that is long or slow costs its connection, and no callback") {
  World w;
  w.discard_at_head = true;
  w.start();
  auto server = w.accept();
  SUBCASE("slow") { server.send(head); }
  SUBCASE("long") {
    server.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20000\r\n");
    server.send(std::string(0x20000, 'x'));
  }
  SUBCASE("before it began") {
    w.client.discard(w.call);
    w.client.discard(w.call);
  }
  CHECK(w.loop.until([&] { return server.finished(); }));
  CHECK_FALSE(w.ended);
  CHECK(w.bytes == 0);
}
