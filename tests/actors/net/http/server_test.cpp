#include "tests/actors/net/http/served.hpp"

namespace {

using namespace weir;
using namespace weir::net::http;
using namespace weir::net::http::test;

std::string post(std::string_view body, std::string_view more = "") {
  return "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string{more} + "\r\n" + std::string{body};
}

std::size_t count(const std::string& text, std::string_view what) {
  std::size_t n = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

}  // namespace

TEST_CASE("server: requests on one connection are answered in turn") {
  Served served;
  auto client = Peer::connect(served.port);
  for (std::size_t n = 1; n <= 3; ++n) {
    client.send(post("body " + std::to_string(n)));
    auto& asked = served.request(n);
    CHECK(asked.request.body == "body " + std::to_string(n));
    CHECK(asked.exchange->peer().rfind("127.0.0.1:", 0) == 0);
    CHECK(served.server->exchanges() == 1);
    asked.exchange->respond({200, {{"x-n", std::to_string(n)}}, "answer"});
    CHECK(served.server->exchanges() == 0);
    REQUIRE(served.loop.until([&] { return client.got("\r\n\r\nanswer"); }));
    const auto answer = client.take();
    CHECK(answer.rfind("HTTP/1.1 200 OK\r\nserver: weir\r\ndate: ", 0) == 0);
    CHECK(count(answer, "\r\nx-n: " + std::to_string(n) + "\r\ncontent-length: 6\r\n\r\n") == 1);
  }
}

TEST_CASE("server: pipelined requests are answered in order, one at a time") {
  Served served;
  auto client = Peer::connect(served.port);
  client.send(post("1") + post("2") + post("3"));
  served.request(1);
  served.loop.pump(Millis{20});
  CHECK(served.asked.size() == 1);
  served.asked[0].exchange->respond({200, {}, "one"});
  served.request(2).exchange->respond({200, {}, "two"});
  served.request(3).exchange->respond({200, {}, "three"});
  REQUIRE(served.loop.until([&] { return client.got("three"); }));
  CHECK(client.received.find("one") < client.received.find("two"));
}

TEST_CASE("server: a handler that answers at once serves a pipeline without recursion") {
  Served served;
  served.at_once = Response{200, {}, "now"};
  auto client = Peer::connect(served.port);
  std::string many;
  for (int i = 0; i < 2'000; ++i) many += get;
  std::size_t sent = 0;
  REQUIRE(served.loop.until([&] {
    sent += client.send(std::string_view{many}.substr(sent));
    client.poll();
    return count(client.received, "\r\n\r\nnow") == 2'000;
  }));
}

TEST_CASE("server: pipelined bytes are bounded and do not count as gone") {
  Served served;
  auto client = Peer::connect(served.port);
  bool gone = false;
  std::size_t sent = client.send(get);
  auto exchange = served.request().exchange;
  exchange->on_gone([&](bool) { gone = true; });
  const std::string more(1U << 20U, 'x');
  served.loop.until([&] { return (sent += client.send(more)) > (64U << 20U); }, Millis{100});
  CHECK(sent < 64U << 20U);
  CHECK_FALSE(gone);
  SUBCASE("the client's end is noticed behind unread bytes") {
    client.reset();
    CHECK(served.loop.until([&] { return gone; }));
  }
  SUBCASE("what follows is refused after the answer") {
    exchange->respond({200, {}, "first"});
    CHECK(served.loop.until([&] { return client.got("error 431"); }));
    CHECK(client.received.find("first") < client.received.find("error 431"));
  }
}

TEST_CASE("server: a client that leaves behind unread bytes is noticed as soon as any other") {
  Served served;
  auto client = Peer::connect(served.port);
  bool gone = false;
  client.send(get);
  auto exchange = served.request().exchange;
  exchange->on_gone([&](bool) { gone = true; });
  REQUIRE(client.send(std::string(150'000, 'x')) == 150'000);
  served.loop.pump(Millis{20});
  CHECK_FALSE(gone);
  client.close();
  CHECK(served.loop.until([&] { return gone; }, Millis{100}));
}

TEST_CASE("server: HEAD and bodiless statuses send heads only") {
  Served served;
  auto client = Peer::connect(served.port);
  client.send("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n" + get + "HEAD /y HTTP/1.1\r\nHost: a\r\n\r\n" +
              get);
  served.request(1).exchange->respond({200, {}, "body"});
  served.request(2).exchange->respond({204, {}, ""});
  auto streamed = served.request(3).exchange;
  streamed->begin(200, {});
  streamed->write("never shown");
  streamed->end();
  served.request(4).exchange->respond({200, {}, "last"});
  REQUIRE(served.loop.until([&] { return client.got("last"); }));
  CHECK(count(client.received, "content-length: 4\r\n\r\nHTTP/1.1 204 No Content\r\n") == 1);
  CHECK(count(client.received, "content-length: 0") == 0);
  CHECK(count(client.received, "transfer-encoding: chunked\r\n\r\nHTTP/1.1 200 OK\r\n") == 1);
  CHECK(count(client.received, "never") == 0);
}

TEST_CASE("server: OPTIONS reaches the handler, for a path and for the server") {
  Served served;
  auto client = Peer::connect(served.port);
  client.send("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\nOPTIONS /v1 HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(served.request(1).request.path == "*");
  served.asked[0].exchange->respond({204, {{"allow", "GET"}}, ""});
  CHECK(served.request(2).request.path == "/v1");
}

TEST_CASE("server: HTTP/1.0 gets lengths, or a body that ends with the connection") {
  Served served;
  auto kept = Peer::connect(served.port);
  kept.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  served.request(1).exchange->respond({200, {}, "kept"});
  REQUIRE(served.loop.until([&] { return kept.got("connection: keep-alive\r\n\r\nkept"); }));
  kept.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  auto streamed = served.request(2).exchange;
  streamed->begin(200, {});
  streamed->write("piece ");
  streamed->write("by piece");
  streamed->end();
  REQUIRE(served.loop.until([&] { return kept.finished(); }));
  CHECK(count(kept.received, "connection: close\r\n\r\npiece by piece") == 1);
  CHECK(count(kept.received, "chunked") == 0);
}

TEST_CASE("server: Connection: close is honoured on both sides") {
  Served served;
  auto client = Peer::connect(served.port);
  client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  served.request().exchange->respond({200, {}, "bye"});
  REQUIRE(served.loop.until([&] { return client.finished(); }));
  CHECK(count(client.received, "connection: close\r\n\r\nbye") == 1);
}

TEST_CASE("server: malformed requests are answered in the shape asked for, and closed") {
  Served served;
  auto client = Peer::connect(served.port);
  client.send("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" + get);
  REQUIRE(served.loop.until([&] { return client.finished(); }));
  CHECK(client.received.rfind("HTTP/1.1 400 Bad Request\r\n", 0) == 0);
  CHECK(count(client.received, "\r\nserver: weir\r\n") == 1);
  CHECK(count(client.received, "\r\nx-request-id: r1\r\n") == 1);
  CHECK(count(client.received, "connection: close\r\n\r\nerror 400") == 1);
  CHECK(served.asked.empty());
}

TEST_CASE("server: a body over its limit is refused by its length, and the answer can be read") {
  Limits limits;
  limits.body_bytes_max = 1000;
  Served served{limits};
  auto client = Peer::connect(served.port);
  client.send("POST /big HTTP/1.1\r\nHost: a\r\nContent-Length: 20000000\r\n\r\n");
  const std::string piece(100'000, 'x');
  std::size_t sent = 0;
  REQUIRE(served.loop.until([&] {  // sends the whole body before it looks at the answer
    sent += client.send(piece);
    return sent >= 20'000'000;
  }));
  REQUIRE(served.loop.until([&] { return client.got("error 413/big"); }));
  CHECK(served.asked.empty());
  client.shutdown_send();
  CHECK(served.loop.until([&] { return client.finished(); }));
}

TEST_CASE("server: 100 Continue is sent to who waits for it, once") {
  Served served;
  auto client = Peer::connect(served.port);
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  REQUIRE(served.loop.until([&] { return client.got("HTTP/1.1 100 Continue\r\n\r\n"); }));
  client.send("o");
  served.loop.pump(Millis{5});
  client.send("k");
  CHECK(served.request().request.body == "ok");
  served.asked[0].exchange->respond({200, {}, "done"});
  REQUIRE(served.loop.until([&] { return client.got("done"); }));
  CHECK(count(client.received, "100 Continue") == 1);
}

TEST_CASE("server: slow clients meet their deadlines, each with its answer") {
  Limits limits;
  limits.header_deadline = Millis{60};
  limits.body_stall = Millis{90};
  limits.idle_max = Millis{120};
  Served served{limits};
  auto idle = Peer::connect(served.port);
  auto head = Peer::connect(served.port);
  auto body = Peer::connect(served.port);
  head.send("GET / HTTP/1.1\r\nHo");
  body.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
  // The idle limit came first and is later: a lazy timer must follow the shortened deadline.
  REQUIRE(served.loop.until([&] { return head.finished(); }, Millis{1000}));
  CHECK(count(head.received, "HTTP/1.1 408 Request Timeout") == 1);
  REQUIRE(served.loop.until([&] { return body.finished(); }, Millis{1000}));
  CHECK(count(body.received, "HTTP/1.1 408 Request Timeout") == 1);
  REQUIRE(served.loop.until([&] { return idle.finished(); }, Millis{1000}));
  CHECK(idle.received.empty());
}

TEST_CASE("server: a drip of header bytes does not extend the header deadline") {
  Limits limits;
  limits.header_deadline = Millis{80};
  Served served{limits};
  auto client = Peer::connect(served.port);
  client.send("GET / HTTP/1.1\r\nX: ");
  CHECK(served.loop.until(
      [&] {
        client.send("a");
        return client.got("408");
      },
      Millis{1000}));
}

TEST_CASE("server: a handler may take longer than every reading limit") {
  Limits limits;
  limits.header_deadline = limits.body_stall = limits.idle_max = Millis{20};
  Served served{limits};
  auto client = Peer::connect(served.port);
  client.send(get);
  served.request();
  served.loop.pump(Millis{80});
  served.asked[0].exchange->respond({200, {}, "late"});
  CHECK(served.loop.until([&] { return client.got("late"); }));
}

TEST_CASE("server: connections beyond the limit are answered 503") {
  Limits limits;
  limits.connections_max = 2;
  Served served{limits};
  served.at_once = Response{200, {}, "fine"};
  auto first = Peer::connect(served.port);
  auto second = Peer::connect(served.port);
  second.send(get);
  REQUIRE(served.loop.until([&] { return second.got("fine"); }));
  auto third = Peer::connect(served.port);
  third.send(get);
  REQUIRE(served.loop.until([&] { return third.finished(); }));
  CHECK(count(third.received, "HTTP/1.1 503 Service Unavailable") == 1);
  first.close();
  served.loop.pump(Millis{20});
  third.close();
  auto fourth = Peer::connect(served.port);
  CHECK(served.loop.until([&] {
    fourth.send(get);
    return fourth.got("fine");
  }));
}

TEST_CASE("server: an exchange that nobody answers is a 500, not silence") {
  Served served;
  auto client = Peer::connect(served.port);
  client.send(get);
  served.request();
  served.asked.clear();
  REQUIRE(served.loop.until([&] { return client.finished(); }));
  CHECK(count(client.received, "HTTP/1.1 500 Internal Server Error") == 1);
  CHECK(served.server->exchanges() == 0);
}

TEST_CASE("server: values cannot split an answer and framing headers are its own") {
  Served served;
  auto client = Peer::connect(served.port);
  client.send(get);
  served.request().exchange->respond(
      {200, {{"x", "a\r\nevil: 1"}, {"content-length", "99"}, {"connection", "upgrade"}}, "ok"});
  REQUIRE(served.loop.until([&] { return client.got("\r\n\r\nok"); }));
  CHECK(count(client.received, "x: a  evil: 1\r\n") == 1);
  CHECK(count(client.received, "99") == 0);
  CHECK(count(client.received, "upgrade") == 0);
}

TEST_CASE("server: stop_accepting ends idle connections and lets running exchanges finish") {
  Served served;
  auto idle = Peer::connect(served.port);
  auto busy = Peer::connect(served.port);
  busy.send(get);
  served.request();
  served.server->stop_accepting();
  CHECK(served.loop.until([&] { return idle.finished(); }));
  CHECK(served.server->exchanges() == 1);
  served.asked[0].exchange->respond({200, {}, "last"});
  REQUIRE(served.loop.until([&] { return busy.finished(); }));
  CHECK(count(busy.received, "connection: close\r\n\r\nlast") == 1);
  auto late = Peer::connect(served.port);
  CHECK(served.loop.until([&] { return late.finished(); }));
}

TEST_CASE("server: its end closes everything, and old exchanges are without effect") {
  Served served;
  auto client = Peer::connect(served.port);
  bool gone = false;
  client.send(get);
  auto exchange = served.request().exchange;
  exchange->on_gone([&](bool) { gone = true; });
  served.server.reset();
  CHECK(served.loop.until([&] { return client.finished(); }));
  exchange->begin(200, {});
  CHECK(exchange->write("x") == 0);
  exchange->end();
  exchange->abort();
  exchange->respond({});
  CHECK(exchange->peer().empty());
  CHECK_FALSE(gone);
}

TEST_CASE("server: a port in use is an error that says so") {
  Served served;
  Server second{served.loop.io,
                {},
                {},
                std::nullopt,
                [](Request, ExchangePtr) {},
                [](int, std::string_view) { return Response{}; }};
  const auto result = second.listen({"127.0.0.1", served.port});
  REQUIRE_FALSE(result);
  CHECK(result.error().code == Code::unreachable);
  CHECK_FALSE(second.listen({"no.such.host.invalid", 0}));
}
