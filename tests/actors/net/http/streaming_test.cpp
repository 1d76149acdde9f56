#include "tests/actors/net/http/served.hpp"

namespace {

using namespace weir;
using namespace weir::net::http;
using namespace weir::net::http::test;

/// A streamed answer whose first piece was read by the client.
struct Streaming : Served {
  explicit Streaming(Limits limits = {}, int receive_buffer = 0)
      : Served{limits}, client{Peer::connect(port, receive_buffer)} {
    client.send(get);
    exchange = request().exchange;
    exchange->on_gone([this](bool is_slow) {
      ++gone;
      slow = is_slow;
    });
    exchange->on_sent([this](std::size_t bytes) { sent += bytes; });
    exchange->begin(200, {{"content-type", "text/event-stream"}});
  }

  Peer client;
  ExchangePtr exchange;
  int gone = 0;
  bool slow = false;
  std::size_t sent = 0;
};

}  // namespace

TEST_CASE("streaming: the head leaves with the first piece, each piece at once as one chunk") {
  Streaming s;
  s.loop.pump(Millis{10});
  s.client.poll();
  CHECK(s.client.received.empty());
  CHECK(s.exchange->write("data: a\n\n") == 0);
  REQUIRE(s.loop.until([&] { return s.client.got("9\r\ndata: a\n\n\r\n"); }));
  CHECK(s.client.received.find("transfer-encoding: chunked\r\n\r\n9\r\n") != std::string::npos);
  s.client.take();
  s.exchange->write("0123456789abcdef");
  REQUIRE(s.loop.until([&] { return s.client.got("\r\n0123456789abcdef\r\n"); }));
  CHECK(s.client.take().rfind("10\r\n", 0) == 0);
  s.exchange->end();
  REQUIRE(s.loop.until([&] { return s.client.got("0\r\n\r\n"); }));
  CHECK(s.server->exchanges() == 0);
  s.client.take();
  s.client.send(get);
  s.request(2).exchange->respond({200, {}, "next"});
  CHECK(s.loop.until([&] { return s.client.got("next"); }));
}

TEST_CASE("streaming: an empty write sends the head and ends nothing") {
  Streaming s;
  s.exchange->write("");
  REQUIRE(s.loop.until([&] { return s.client.got("chunked\r\n\r\n"); }));
  s.exchange->write("");
  s.exchange->write("x");
  s.exchange->end();
  REQUIRE(s.loop.until([&] { return s.client.got("\r\n\r\n1\r\nx\r\n0\r\n\r\n"); }));
}

TEST_CASE("streaming: payload bytes are reported once they have left, from the loop") {
  Streaming s;
  s.exchange->write("12345");
  s.exchange->write("67");
  CHECK(s.sent == 0);
  CHECK(s.loop.until([&] { return s.sent == 7; }));
}

TEST_CASE("streaming: a client that does not read is held back, and goes on where it was") {
  Streaming s{{}, 4096};
  const std::string piece(10'000, 'p');
  std::size_t written = 0;
  std::size_t waiting = 0;
  while (waiting <= Limits{}.buffered_bytes_max) {
    waiting = s.exchange->write(piece);
    written += piece.size();
    REQUIRE(written < 64U << 20U);
  }
  s.loop.pump(Millis{20});
  CHECK(s.sent < written);
  CHECK(s.sent + waiting + 100 >= written);
  s.exchange->end();
  CHECK(s.server->exchanges() == 1);  // not over before the client has it
  REQUIRE(s.loop.until([&] { return s.client.got("\r\n0\r\n\r\n"); }));
  CHECK(s.server->exchanges() == 0);
  CHECK(s.client.received.size() > written);
  CHECK(s.gone == 0);
}

TEST_CASE("streaming: of a client that does not read, the kernel holds little beside our buffer") {
  Streaming s{{}, 4096};
  std::size_t written = 0;
  while (s.exchange->write(std::string(10'000, 'p')) <= Limits{}.buffered_bytes_max) {
    written += 10'000;
    s.loop.pump(Millis{1});
  }
  CHECK(written < Limits{}.buffered_bytes_max + 200'000);
}

TEST_CASE("streaming: all payload is reported when a slow client has caught up") {
  Streaming s{{}, 4096};
  const std::string piece(10'000, 'p');
  std::size_t written = 0;
  while (s.exchange->write(piece) < 100'000) written += piece.size();
  written += piece.size();
  CHECK(s.loop.until([&] {
    s.client.poll();
    return s.sent == written;
  }));
}

TEST_CASE("streaming: a client that takes nothing for the limit is gone, and slow") {
  Limits limits;
  limits.write_stall = Millis{60};
  Streaming s{limits, 4096};
  while (s.exchange->write(std::string(100'000, 'p')) == 0) {}
  REQUIRE(s.loop.until([&] { return s.gone > 0; }));
  CHECK(s.gone == 1);
  CHECK(s.slow);
  CHECK(s.exchange->write("x") == 0);
}

TEST_CASE("streaming: a client that reads slowly but steadily is not slow") {
  Limits limits;
  limits.write_stall = Millis{150};
  Streaming s{limits, 4096};
  const std::string piece(200'000, 'p');
  std::size_t read = 0;
  std::size_t waiting = 0;
  s.loop.until(
      [&] {
        read += s.client.skip(200);
        if (waiting < piece.size() && s.gone == 0) waiting = s.exchange->write(piece);
        return s.gone > 0;
      },
      Millis{600});
  CHECK(s.gone == 0);
  CHECK(read > 10'000);
  CHECK(read < 400'000);  // or it was not slow
  REQUIRE(s.loop.until([&] { return s.gone > 0; }));
  CHECK(s.slow);
}

TEST_CASE("streaming: a caller that ignores the buffer limit loses its client, not our memory") {
  Limits limits;
  limits.buffered_bytes_max = 10'000;
  Streaming s{limits, 4096};
  for (int i = 0; i < 1'000; ++i) s.exchange->write(std::string(10'000, 'p'));
  REQUIRE(s.loop.until([&] { return s.gone > 0; }));
  CHECK(s.slow);
}

TEST_CASE("streaming: a client that closes, half-closes or resets is gone within milliseconds") {
  for (int how = 0; how < 3; ++how) {
    Streaming s;
    if (how == 0) s.client.close();
    if (how == 1) s.client.shutdown_send();
    if (how == 2) s.client.reset();
    CHECK(s.loop.until([&] { return s.gone > 0; }, Millis{100}));
    CHECK(s.gone == 1);
    CHECK_FALSE(s.slow);
    CHECK(s.server->exchanges() == 0);
  }
}

TEST_CASE("streaming: a client that ended its direction gets an answer that comes soon, in full") {
  Served served;
  auto client = Peer::connect(served.port);
  client.send(get);
  client.shutdown_send();
  auto exchange = served.request().exchange;
  bool gone = false;
  exchange->on_gone([&](bool) { gone = true; });
  served.loop.pump(Millis{15});
  CHECK_FALSE(gone);
  const std::string body(3'000'000, 'b');
  exchange->respond({200, {}, body});
  REQUIRE(served.loop.until([&] { return client.finished(); }));
  CHECK(client.received.size() > body.size());
  CHECK_FALSE(gone);
}

TEST_CASE("streaming: a client that ended its direction and takes pieces keeps its stream") {
  Streaming s;
  s.client.shutdown_send();
  for (int i = 0; i < 20; ++i) {
    s.exchange->write("piece");
    s.loop.pump(Millis{10});
    s.client.poll();
  }
  CHECK(s.gone == 0);
  s.exchange->end();
  REQUIRE(s.loop.until([&] { return s.client.finished(); }));
  CHECK(s.client.received.find("\r\n0\r\n\r\n") != std::string::npos);
}

TEST_CASE("streaming: a client that closes between pieces is gone by the next one") {
  Streaming s;
  s.exchange->write("piece");
  REQUIRE(s.loop.until([&] { return s.client.got("piece"); }));
  s.client.close();
  CHECK(s.loop.until(
      [&] {
        s.exchange->write("piece");
        return s.gone > 0;
      },
      Millis{100}));
}

TEST_CASE("streaming: requests that were sent before a client's end are answered in turn") {
  Served served;
  auto client = Peer::connect(served.port);
  client.send(get + get + get);
  client.shutdown_send();
  served.request(1).exchange->respond({200, {}, "one"});
  served.loop.pump(Millis{10});
  served.request(2).exchange->respond({200, {}, "two"});
  SUBCASE("all of them, then the end") {
    served.request(3).exchange->respond({200, {}, "three"});
    REQUIRE(served.loop.until([&] { return client.finished(); }));
    CHECK(client.received.find("two") < client.received.find("three"));
  }
  SUBCASE("an answer that takes its time costs those before it nothing") {
    served.request(3);
    REQUIRE(served.loop.until([&] { return served.server->exchanges() == 0; }, Millis{100}));
    REQUIRE(served.loop.until([&] { return client.finished(); }));
    CHECK(client.received.find("one") < client.received.find("two"));
  }
}

TEST_CASE("streaming: on_gone that is set after the client left still runs, outside of the call") {
  Served served;
  auto client = Peer::connect(served.port);
  client.send(get);
  auto exchange = served.request().exchange;
  client.close();
  REQUIRE(served.loop.until([&] { return served.server->exchanges() == 0; }));
  bool gone = false;
  exchange->on_gone([&](bool) { gone = true; });
  CHECK_FALSE(gone);
  CHECK(served.loop.until([&] { return gone; }));
}

TEST_CASE("streaming: a write to a client that is gone tells so later, never within the write") {
  Streaming s;
  s.exchange->write("x");
  s.client.reset();
  bool within = false;
  for (int i = 0; i < 100 && s.server->exchanges() > 0; ++i) {
    s.exchange->write(std::string(1000, 'x'));
    within = within || s.gone > 0;
  }
  CHECK_FALSE(within);
  CHECK(s.loop.until([&] { return s.gone == 1; }));
}

TEST_CASE("streaming: abort shows as a broken stream, after what was written") {
  Streaming s;
  s.exchange->write("so far");
  s.exchange->abort();
  REQUIRE(s.loop.until([&] { return s.client.finished(); }));
  CHECK(s.client.received.find("so far\r\n") != std::string::npos);
  CHECK(s.client.received.find("0\r\n\r\n") == std::string::npos);
  CHECK(s.gone == 0);
  CHECK(s.server->exchanges() == 0);
}

TEST_CASE("streaming: abort before the first piece closes without an answer") {
  Streaming s;
  s.exchange->abort();
  REQUIRE(s.loop.until([&] { return s.client.finished(); }));
  CHECK(s.client.received.empty());
}

TEST_CASE("streaming: an exchange that is dropped in the middle shows as a broken stream") {
  Served served;
  auto client = Peer::connect(served.port);
  client.send(get);
  served.request().exchange->begin(200, {});
  served.asked[0].exchange->write("part");
  served.asked.clear();
  REQUIRE(served.loop.until([&] { return client.finished(); }));
  CHECK(client.received.find("part\r\n") != std::string::npos);
  CHECK(client.received.find("0\r\n\r\n") == std::string::npos);
}

TEST_CASE("streaming: callbacks that own their exchange are freed with it") {
  std::weak_ptr<Exchange> left;
  {
    Served served;
    auto client = Peer::connect(served.port);
    client.send(get);
    auto exchange = served.request().exchange;
    exchange->on_gone([exchange](bool) {});
    exchange->on_sent([exchange](std::size_t) {});
    left = exchange;
    served.asked.clear();
    exchange->begin(200, {});
    exchange->write("x");
    exchange->end();
    exchange.reset();
    served.loop.pump(Millis{5});
    CHECK(left.expired());
  }
}

TEST_CASE("streaming: on_gone may drop the exchange and answer others") {
  Served served;
  auto first = Peer::connect(served.port);
  first.send(get);
  served.request(1);
  auto second = Peer::connect(served.port);
  second.send(get);
  served.request(2);
  served.asked[0].exchange->on_gone([&](bool) {
    auto other = served.asked[1].exchange;
    served.asked.clear();
    other->respond({200, {}, "for you"});
  });
  first.close();
  CHECK(served.loop.until([&] { return second.got("for you"); }));
}
