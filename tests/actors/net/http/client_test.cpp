#include "actors/net/http/client.hpp"
#include "tests/actors/net/http/loop.hpp"

#include <doctest/doctest.h>
#include <memory>
#include <vector>

namespace {

using namespace weir;
using namespace weir::net::http;
using namespace weir::net::http::test;

/// What one call has reported.
struct Seen {
  int status = 0;
  Headers headers;
  std::string body;
  int ends = 0;
  std::optional<Error> error;
  bool done() const { return ends > 0; }
};

/// A client and the raw server that it talks to.
struct Pair {
  Pair() : client{std::make_unique<Client>(loop.io, std::nullopt, idle_max)} {}

  Origin origin() const { return {false, "127.0.0.1", listener.port(), ""}; }
  CallId start(Seen& seen, ClientRequest request = {}) {
    return client->start(origin(), std::move(request), answer(seen));
  }
  static ClientAnswer answer(Seen& seen) {
    return {[&seen](int status, const Headers& headers) {
              seen.status = status;
              seen.headers = headers;
            },
            [&seen](std::span<const std::byte> bytes) {
              seen.body.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
            },
            [&seen](Result<Done> how) {
              ++seen.ends;
              if (!how) seen.error = how.error();
            }};
  }
  /// Waits for a new connection.
  Peer accept() {
    Peer peer;
    REQUIRE(loop.until([&] { return (peer = listener.accept()).open(); }));
    return peer;
  }
  /// Waits for a whole request (they have no bodies here unless a test says so).
  void expect(Peer& peer, std::string_view text = "\r\n\r\n") {
    REQUIRE(loop.until([&] { return peer.got(text); }));
  }
  bool no_new_connection() {
    loop.pump(Millis{15});
    return !listener.accept().open();
  }

  static constexpr std::size_t idle_max = 2;
  Listener listener;
  Loop loop;
  std::unique_ptr<Client> client;
};

const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

}  // namespace

TEST_CASE("client: a request as it stands on the wire") {
  Pair p;
  Seen seen;
  auto origin = p.origin();
  origin.prefix = "/base";
  ClientRequest request;
  request.method = "POST";
  request.path = "/v1/x?a=b c";
  request.headers = {{"x-one", "1\r\nevil: 1"}, {"content-length", "99"}};
  request.body = "{}";
  p.client->start(origin, request, Pair::answer(seen));
  auto server = p.accept();
  p.expect(server, "{}");
  CHECK(server.received ==
        "POST /base/v1/x?a=b%20c HTTP/1.1\r\nhost: 127.0.0.1:" + std::to_string(origin.port) +
            "\r\nx-one: 1  evil: 1\r\ncontent-length: 2\r\n\r\n{}");
  server.send("HTTP/1.1 404 Not Found\r\nX-A: b\r\nContent-Length: 3\r\n\r\nabc");
  REQUIRE(p.loop.until([&] { return seen.done(); }));
  CHECK(seen.status == 404);
  CHECK(find(seen.headers, "x-a") == "b");
  CHECK(seen.body == "abc");
  CHECK_FALSE(seen.error);
}

TEST_CASE("client: chunked, counted and close-delimited answers come whole") {
  Pair p;
  for (const char* text :
       {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde",
        "HTTP/1.1 200 OK\r\n\r\nabcde"}) {
    Seen seen;
    p.start(seen);
    auto server = p.accept();
    p.expect(server);
    for (const char* c = text; *c != 0; ++c) {
      server.send({c, 1});
      p.loop.io.restart();
      p.loop.io.poll();
    }
    server.shutdown_send();
    REQUIRE(p.loop.until([&] { return seen.done(); }));
    CHECK(seen.body == "abcde");
    CHECK_FALSE(seen.error);
    p.loop.pump(Millis{5});  // notices the close of the pooled one
  }
}

TEST_CASE("client: a connection is used again after a complete answer") {
  Pair p;
  Seen first, second;
  p.start(first);
  auto server = p.accept();
  p.expect(server);
  server.take();
  server.send(ok);
  REQUIRE(p.loop.until([&] { return first.done(); }));
  p.start(second);
  p.expect(server);
  server.send(ok);
  REQUIRE(p.loop.until([&] { return second.done(); }));
  CHECK(second.body == "ok");
  CHECK(p.no_new_connection());
}

TEST_CASE("client: no reuse after close, surplus bytes, or an answer before the request's end") {
  Pair p;
  for (const std::string& text :
       {std::string{"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"},
        ok + "surplus", std::string{"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"}}) {
    Seen seen;
    p.start(seen);
    auto server = p.accept();
    p.expect(server);
    server.send(text);
    REQUIRE(p.loop.until([&] { return seen.done(); }));
    CHECK(seen.body == "ok");
    CHECK(p.loop.until([&] { return server.finished(); }));
  }
  Seen early;
  ClientRequest big;
  big.method = "POST";
  big.body.assign(32U << 20U, 'x');
  p.start(early, std::move(big));
  auto server = p.accept();
  server.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n");
  REQUIRE(p.loop.until([&] { return early.done(); }));
  CHECK(early.status == 413);
  CHECK(p.loop.until([&] { return server.finished(); }));
}

TEST_CASE("client: a pooled connection that the server closed is not used") {
  Pair p;
  Seen first, second;
  p.start(first);
  {
    auto server = p.accept();
    p.expect(server);
    server.send(ok);
    REQUIRE(p.loop.until([&] { return first.done(); }));
  }
  SUBCASE("noticed in time") { p.loop.pump(Millis{10}); }
  SUBCASE("noticed when it is taken from the pool") {}
  p.start(second);
  auto server = p.accept();
  p.expect(server);
  server.send(ok);
  REQUIRE(p.loop.until([&] { return second.done(); }));
  CHECK_FALSE(second.error);
}

TEST_CASE("client: a request that broke on a reused connection is sent once more, never twice") {
  Pair p;
  Seen first, second;
  p.start(first);
  auto server = p.accept();
  p.expect(server);
  server.take();
  server.send(ok);
  REQUIRE(p.loop.until([&] { return first.done(); }));
  ClientRequest request;
  SUBCASE("it may go only once: not again") { request.once = true; }
  p.start(second, request);
  p.expect(server);
  if (request.once) {
    server.close();
    REQUIRE(p.loop.until([&] { return second.done(); }));
    CHECK(second.error);
    CHECK(p.no_new_connection());
    return;
  }
  SUBCASE("before any answer byte: again") {
    server.close();
    auto fresh = p.accept();
    p.expect(fresh);
    SUBCASE("and it works") {
      fresh.send(ok);
      REQUIRE(p.loop.until([&] { return second.done(); }));
      CHECK(second.body == "ok");
    }
    SUBCASE("and it breaks again") {
      fresh.reset();
      REQUIRE(p.loop.until([&] { return second.done(); }));
      REQUIRE(second.error);
      CHECK(second.error->code == Code::upstream_failed);
      CHECK(p.no_new_connection());
    }
  }
  SUBCASE("after an answer byte: not again") {
    server.send("H");
    p.loop.pump(Millis{5});
    server.close();
    REQUIRE(p.loop.until([&] { return second.done(); }));
    REQUIRE(second.error);
    CHECK(second.error->code == Code::upstream_failed);
    CHECK(p.no_new_connection());
  }
}

TEST_CASE("client: a fresh connection that breaks is not tried again") {
  Pair p;
  Seen seen;
  p.start(seen);
  auto server = p.accept();
  p.expect(server);
  server.close();
  REQUIRE(p.loop.until([&] { return seen.done(); }));
  REQUIRE(seen.error);
  CHECK(seen.error->code == Code::upstream_failed);
  CHECK(p.no_new_connection());
}

TEST_CASE("client: answers that are cut, malformed or change the protocol are failures") {
  Pair p;
  for (const char* text :
       {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "nonsense\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"}) {
    Seen seen;
    p.start(seen);
    auto server = p.accept();
    p.expect(server);
    server.send(text);
    server.shutdown_send();
    REQUIRE(p.loop.until([&] { return seen.done(); }));
    REQUIRE(seen.error);
    CHECK(seen.error->code == Code::upstream_failed);
  }
}

TEST_CASE("client: a client that leaves in the last piece leaves no closed connection behind") {
  Pair p;
  Seen next;
  CallId call = 0;
  ClientAnswer answer;
  bool ended = false;
  answer.on_bytes = [&](std::span<const std::byte>) { p.client->cancel(call); };
  answer.on_end = [&](Result<Done>) { ended = true; };
  call = p.client->start(p.origin(), {}, answer);
  auto server = p.accept();
  p.expect(server);
  server.send(ok);
  REQUIRE(p.loop.until([&] { return server.finished(); }));
  p.start(next);
  auto fresh = p.accept();
  p.expect(fresh);
  fresh.send(ok);
  REQUIRE(p.loop.until([&] { return next.done(); }));
  CHECK(next.body == "ok");
  CHECK_FALSE(ended);
}

TEST_CASE("client: cancel closes at once, from anywhere, and nothing follows") {
  Pair p;
  Seen seen;
  SUBCASE("while connecting") {
    p.client->cancel(p.start(seen));
    p.loop.pump(Millis{10});
  }
  SUBCASE("while waiting") {
    const auto call = p.start(seen);
    auto server = p.accept();
    p.expect(server);
    p.client->cancel(call);
    p.client->cancel(call);
    CHECK(p.loop.until([&] { return server.finished(); }));
  }
  SUBCASE("within on_head") {
    CallId call = 0;
    auto answer = Pair::answer(seen);
    answer.on_head = [&](int, const Headers&) { p.client->cancel(call); };
    call = p.client->start(p.origin(), {}, answer);
    auto server = p.accept();
    p.expect(server);
    server.send(ok);
    CHECK(p.loop.until([&] { return server.finished(); }));
  }
  CHECK(seen.ends == 0);
  CHECK(seen.body.empty());
}

TEST_CASE("client: cancel within on_end is without effect, start within on_end reuses") {
  Pair p;
  Seen second;
  CallId call = 0;
  ClientAnswer answer;
  answer.on_end = [&](Result<Done>) {
    p.client->cancel(call);
    p.start(second);
  };
  call = p.client->start(p.origin(), {}, answer);
  auto server = p.accept();
  p.expect(server);
  server.take();
  server.send(ok);
  p.expect(server);
  server.send(ok);
  REQUIRE(p.loop.until([&] { return second.done(); }));
  CHECK(second.body == "ok");
}

TEST_CASE("client: its end within a callback drops every call") {
  Pair p;
  Seen other;
  p.start(other);
  auto waiting = p.accept();
  p.expect(waiting);
  int ends = 0;
  ClientAnswer answer;
  SUBCASE("on_end") {
    answer.on_end = [&](Result<Done>) {
      ++ends;
      p.client.reset();
    };
  }
  SUBCASE("on_bytes") {
    answer.on_bytes = [&](std::span<const std::byte>) {
      p.client.reset();
      ++ends;
    };
  }
  p.client->start(p.origin(), {}, answer);
  auto server = p.accept();
  p.expect(server);
  server.send(ok);
  CHECK(p.loop.until([&] { return server.finished() && waiting.finished(); }));
  CHECK(ends == 1);
  CHECK(other.ends == 0);
}

TEST_CASE("client: a paused answer stays in the server's socket and does not time out") {
  Pair p;
  Seen seen;
  ClientRequest request;
  request.stall_max = Millis{40};
  const auto call = p.start(seen, request);
  auto server = p.accept();
  p.expect(server);
  constexpr std::size_t size = 64U << 20U;
  server.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n");
  REQUIRE(p.loop.until([&] { return seen.status == 200; }));
  p.client->pause(call, true);
  const std::string piece(1U << 20U, 'x');
  std::size_t sent = 0;
  const auto more = [&] {
    return sent += server.send(std::string_view{piece}.substr(0, size - sent));
  };
  p.loop.until([&] { return more() == size; }, Millis{150});
  CHECK(sent < size);
  CHECK(seen.body.size() <= 65'536);
  CHECK(seen.ends == 0);
  p.client->pause(call, false);
  CHECK(p.loop.until([&] {
    more();
    return seen.done();
  }));
  CHECK(seen.body.size() == size);
  CHECK_FALSE(seen.error);
}

TEST_CASE("client: each limit of a request ends it as timed out") {
  Pair p;
  Seen seen;
  ClientRequest request;
  std::string answer;
  SUBCASE("no first byte") { request.first_byte_max = Millis{40}; }
  SUBCASE("a stall within the answer") {
    // The first deadline is later than the second: a lazy timer must notice.
    request.stall_max = Millis{40};
    answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab";
  }
  p.start(seen, request);
  auto server = p.accept();
  p.expect(server);
  server.send(answer);
  REQUIRE(p.loop.until([&] { return seen.done(); }, Millis{2'000}));
  REQUIRE(seen.error);
  CHECK(seen.error->code == Code::timed_out);
  CHECK(p.loop.until([&] { return server.finished(); }));
}

TEST_CASE("client: a TLS server that never answers the handshake is timed out, no context fails") {
  Pair p;
  Seen seen;
  auto origin = p.origin();
  origin.https = true;
  p.client->start(origin, {}, Pair::answer(seen));
  CHECK(seen.ends == 0);  // never from within start()
  REQUIRE(p.loop.until([&] { return seen.done(); }));
  CHECK(seen.error->code == Code::unreachable);
}

TEST_CASE("client: nobody listens, or the name has no address: unreachable, after start") {
  Pair p;
  std::uint16_t port = 0;
  { port = Listener{}.port(); }
  Seen refused, nameless;
  p.client->start({false, "127.0.0.1", port, ""}, {}, Pair::answer(refused));
  p.client->start({false, "weir-no-such-host.invalid", 80, ""}, {}, Pair::answer(nameless));
  CHECK(refused.ends + nameless.ends == 0);
  REQUIRE(p.loop.until([&] { return refused.done() && nameless.done(); }, Millis{10'000}));
  CHECK(refused.error->code == Code::unreachable);
  CHECK((nameless.error->code == Code::unreachable || nameless.error->code == Code::timed_out));
}

TEST_CASE("client: a host name is resolved") {
  Pair p;
  Seen seen;
  auto origin = p.origin();
  origin.host = "localhost";
  p.client->start(origin, {}, Pair::answer(seen));
  auto server = p.accept();
  p.expect(server, "host: localhost:");
  server.send(ok);
  CHECK(p.loop.until([&] { return seen.done(); }));
}

TEST_CASE("client: no more than idle_max connections wait in a pool") {
  Pair p;
  std::vector<Seen> seen(4);
  std::vector<Peer> servers;
  for (auto& s : seen) {
    p.start(s);
    servers.push_back(p.accept());
  }
  for (auto& server : servers) {
    p.expect(server);
    server.send(ok);
  }
  REQUIRE(p.loop.until(
      [&] { return seen[0].done() && seen[1].done() && seen[2].done() && seen[3].done(); }));
  p.loop.pump(Millis{10});
  int open = 0;
  for (auto& server : servers) open += server.finished() ? 0 : 1;
  CHECK(open == Pair::idle_max);
}

TEST_CASE("fetch: the whole answer, or an error when it is too long") {
  Pair p;
  std::optional<Result<Response>> got;
  const auto done = [&](Result<Response> r) { got.emplace(std::move(r)); };
  fetch(*p.client, p.origin(), {}, 2, done);
  auto server = p.accept();
  p.expect(server);
  server.take();
  server.send(ok);
  REQUIRE(p.loop.until([&] { return got.has_value(); }));
  REQUIRE(*got);
  CHECK((*got)->body == "ok");
  CHECK((*got)->status == 200);
  got.reset();
  fetch(*p.client, p.origin(), {}, 1, done);
  p.expect(server);
  server.send(ok);
  REQUIRE(p.loop.until([&] { return got.has_value(); }));
  REQUIRE_FALSE(*got);
  CHECK(got->error().code == Code::upstream_failed);
}

TEST_CASE("origin: URLs are taken apart, everything odd is refused") {
  const auto plain = parse_origin("http://127.0.0.1:18080/v1/");
  REQUIRE(plain);
  CHECK(*plain == Origin{false, "127.0.0.1", 18080, "/v1"});
  CHECK(*parse_origin("https://api.example.com") == Origin{true, "api.example.com", 443, ""});
  CHECK(*parse_origin("http://[::1]:80/") == Origin{false, "::1", 80, ""});
  for (const char* url :
       {"", "127.0.0.1:80", "ftp://a", "http://", "http://:80", "http://a:0", "http://a:65536",
        "http://a:", "http://a:8x", "http://u:p@a/", "http://a/?q", "http://a?q", "http://a/#f",
        "http://a b/", "http://[::1", "http://[]", "http://[::1]x", "http://a/\r\nx", "HTTP://a"})
    CHECK_MESSAGE(!parse_origin(url), url);
}
