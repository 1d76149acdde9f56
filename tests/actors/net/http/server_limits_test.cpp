// What the server refuses before a handler runs: bodies over their limits, heads by what they say.
#include "tests/actors/net/http/served.hpp"

namespace {

using namespace weir;
using namespace weir::net::http;
using namespace weir::net::http::test;

std::string post(std::size_t length, std::string_view more = "") {
  return "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(length) + "\r\n" +
         std::string{more} + "\r\n";
}

const std::string chunked = "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

bool has(const Peer& peer, std::string_view text) {
  return peer.received.find(text) != std::string::npos;
}

/// At most 100,000 bytes of bodies, 80,000 of which one client holds.
struct Crowded : Served {
  Crowded()
      : Served{[] {
          Limits limits;
          limits.bodies_bytes_max = 100'000;
          return limits;
        }()},
        holder{Peer::connect(port)} {
    at_once = Response{200, {}, "served"};
    holder.send(post(90'000) + std::string(80'000, 'h'));
    loop.pump(Millis{20});
  }

  bool serves(std::size_t bytes) {
    auto client = Peer::connect(port);
    client.send(post(bytes) + std::string(bytes, 'x'));
    REQUIRE(loop.until([&] { return client.got("served") || client.got("error 503"); }));
    return has(client, "served");
  }

  Peer holder;
};

/// A server whose user refuses every head with 401.
struct Closed : Served {
  explicit Closed(Limits limits = {}) : Served{limits}, client{Peer::connect(port)} {
    judge = [this](const Request& head) -> std::optional<Response> {
      ++heads;
      if (find(head.headers, "authorization")) return std::nullopt;
      return Response{401, {{"x-request-id", "r2"}}, "no key"};
    };
  }

  Peer client;
  int heads = 0;
};

}  // namespace

TEST_CASE("server limits: bodies of all connections together are bounded, 503 beyond") {
  Crowded crowded;
  auto client = Peer::connect(crowded.port);
  SUBCASE("with a length") { client.send(post(30'000) + std::string(25'000, 'x')); }
  SUBCASE("in chunks") { client.send(chunked + "7530\r\n" + std::string(25'000, 'x')); }
  REQUIRE(crowded.loop.until([&] { return client.finished(); }));
  CHECK(has(client, "HTTP/1.1 503 Service Unavailable\r\nserver: weir\r\n"));
  CHECK(has(client, "\r\nretry-after: 1\r\n"));
  CHECK(has(client, "\r\nx-request-id: r1\r\n"));
  CHECK(has(client, "connection: close\r\n\r\nerror 503/"));
  CHECK(crowded.serves(5'000));
}

TEST_CASE("server limits: a body's share is free again once a handler has it, or its client left") {
  Crowded crowded;
  CHECK_FALSE(crowded.serves(30'000));
  SUBCASE("handed over") {
    crowded.holder.send(std::string(10'000, 'h'));
    REQUIRE(crowded.loop.until([&] { return crowded.holder.got("served"); }));
  }
  SUBCASE("left") { crowded.holder.close(); }
  SUBCASE("reset") { crowded.holder.reset(); }
  crowded.loop.pump(Millis{10});
  CHECK(crowded.serves(90'000));
}

TEST_CASE("server limits: lengths that are announced and not sent take no share") {
  Crowded crowded;
  std::vector<Peer> others;
  for (int i = 0; i < 50; ++i) {
    others.push_back(Peer::connect(crowded.port));
    others.back().send(post(90'000));
  }
  crowded.loop.pump(Millis{20});
  CHECK(crowded.serves(8'000));
}

TEST_CASE("server limits: a head is judged before its body is read, and nothing of it is kept") {
  Closed s;
  Request seen;
  s.judge = [&](const Request& head) {
    seen = head;
    return Response{404, {}, "no such page"};
  };
  s.client.send("PUT /a/b?c=d HTTP/1.1\r\nHost: a\r\nX-Y: z\r\nContent-Length: 30000000\r\n\r\n");
  REQUIRE(s.loop.until([&] { return s.client.got("no such page"); }));
  CHECK(seen.method == "PUT");
  CHECK(seen.path == "/a/b");
  CHECK(seen.query == "c=d");
  CHECK(find(seen.headers, "x-y") == "z");
  CHECK(has(s.client, "HTTP/1.1 404 Not Found\r\nserver: weir\r\n"));
  CHECK(has(s.client, "connection: close\r\n\r\n"));
  CHECK(s.loop.until([&] { return s.client.finished(); }));
  CHECK(s.asked.empty());
  CHECK(s.server->exchanges() == 0);
}

TEST_CASE("server limits: who waits for 100 Continue hears the refusal instead") {
  Closed s;
  s.client.send(post(2, "Expect: 100-continue\r\n"));
  REQUIRE(s.loop.until([&] { return s.client.finished(); }));
  CHECK(s.client.received.rfind("HTTP/1.1 401 Unauthorized", 0) == 0);
  CHECK(has(s.client, "\r\nx-request-id: r2\r\n"));
  CHECK(has(s.client, "connection: close"));
  CHECK_FALSE(has(s.client, "100 Continue"));
}

TEST_CASE("server limits: a connection outlives the refusal of a short request") {
  Closed s;
  std::string refused = get;
  SUBCASE("without a body") {}
  SUBCASE("whose body looks like a request") { refused = post(get.size()) + get; }
  SUBCASE("whose body comes later") {
    refused = post(3);
    s.client.send(refused);
    REQUIRE(s.loop.until([&] { return s.client.got("no key"); }));
    refused = "abc";
  }
  s.client.send(refused + "GET /y HTTP/1.1\r\nHost: a\r\nAuthorization: k\r\n\r\n");
  s.request().exchange->respond({200, {}, "welcome"});
  REQUIRE(s.loop.until([&] { return s.client.got("welcome"); }));
  CHECK(s.asked[0].request.path == "/y");
  CHECK(s.heads == 2);
  CHECK_FALSE(has(s.client, "connection: close"));
}

TEST_CASE("server limits: bodies in chunks end the connection of a refused request") {
  Closed s;
  s.client.send(chunked + "3\r\nabc\r\n0\r\n\r\n" + get);
  REQUIRE(s.loop.until([&] { return s.client.finished(); }));
  CHECK(has(s.client, "connection: close\r\n\r\nno key"));
  CHECK(s.heads == 1);
}

TEST_CASE("server limits: a body that is thrown away and never comes ends without second answer") {
  Limits limits;
  limits.body_stall = Millis{50};
  Closed s{limits};
  s.client.send(post(10) + "abc");
  REQUIRE(s.loop.until([&] { return s.client.finished(); }, Millis{1'000}));
  CHECK(has(s.client, "no key"));
  CHECK_FALSE(has(s.client, "408"));
}

TEST_CASE("server limits: a head that passes is judged once, with its body behind it") {
  Closed s;
  s.client.send(post(4, "Authorization: k\r\nExpect: 100-continue\r\n"));
  REQUIRE(s.loop.until([&] { return s.client.got("100 Continue\r\n\r\n"); }));
  s.client.send("body");
  CHECK(s.request().request.body == "body");
  CHECK(s.heads == 1);
}

TEST_CASE("server limits: a judge may end its server") {
  Closed s;
  s.judge = [&](const Request&) {
    s.server.reset();
    return Response{200, {}, "never"};
  };
  s.client.send(get + get);
  CHECK(s.loop.until([&] { return s.client.finished(); }));
  CHECK(s.client.received.empty());
}

TEST_CASE("server limits: a trickled body has its time, however steadily it comes") {
  Limits limits;
  limits.body_grace = Millis{60};
  limits.body_rate_min = 100'000;
  Served served{limits};
  auto client = Peer::connect(served.port);
  std::string piece;
  SUBCASE("with a length") {
    client.send(post(100'000));
    piece = "x";
  }
  SUBCASE("in chunks") {
    client.send(chunked);
    piece = "1\r\nx\r\n";
  }
  CHECK(served.loop.until(
      [&] {
        client.send(piece);
        return client.got("HTTP/1.1 408 Request Timeout");
      },
      Millis{1'000}));
  CHECK(served.asked.empty());
}

TEST_CASE("server limits: the bytes of a body earn it time") {
  Limits limits;
  limits.body_grace = Millis{40};
  limits.body_rate_min = 1'000;
  Served served{limits};
  auto client = Peer::connect(served.port);
  client.send(post(2'001) + std::string(2'000, 'x'));
  served.loop.pump(Millis{150});
  client.send("x");
  CHECK(served.request().request.body.size() == 2'001);
}

TEST_CASE("server limits: every refusal says who refuses and carries the user's headers") {
  Limits limits;
  limits.header_deadline = Millis{50};
  limits.body_bytes_max = 1'000;
  Served served{limits};
  const std::vector<std::pair<std::string, std::string>> cases{
      {"nonsense\r\n\r\n", "400 Bad Request"},
      {"GET / HTTP/1.1\r\n", "408 Request Timeout"},
      {post(1'001), "413 Content Too Large"},
      {"POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n",
       "413 Content Too Large"},
      {post(1, "Expect: wonders\r\n"), "417 Expectation Failed"},
      {"GET /" + std::string(9'000, 'a') + " HTTP/1.1\r\n\r\n",
       "431 Request Header Fields Too Large"}};
  for (const auto& [request, status] : cases) {
    auto client = Peer::connect(served.port);
    client.send(request);
    REQUIRE(served.loop.until([&] { return client.finished(); }));
    CHECK(client.received.rfind("HTTP/1.1 " + status + "\r\nserver: weir\r\n", 0) == 0);
    CHECK_MESSAGE(has(client, "\r\nx-request-id: r1\r\n"), status);
  }
}

TEST_CASE("server limits: a refused HEAD has no body") {
  Served served;
  auto client = Peer::connect(served.port);
  client.send("HEAD /p HTTP/1.1\r\nHost: a\r\nExpect: wonders\r\n\r\n");
  REQUIRE(served.loop.until([&] { return client.finished(); }));
  CHECK(has(client, "HTTP/1.1 417"));
  CHECK_FALSE(has(client, "error 417"));
}
