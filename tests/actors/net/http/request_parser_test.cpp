#include "actors/net/http/request_parser.hpp"

#include <doctest/doctest.h>

namespace {

using namespace weir::net::http;
using State = RequestParser::State;

struct Outcome {
  int status = 0;  ///< 200: complete
  Request request;
  Framing framing;
  std::size_t used = 0;
};

/// Parses `bytes` in pieces of `step` bytes, one request at most.
Outcome parse(std::string_view bytes, std::size_t step, const Limits& limits = {}) {
  RequestParser parser{limits};
  Outcome outcome;
  while (outcome.used < bytes.size()) {
    auto piece = bytes.substr(outcome.used, step);
    const auto used = parser.feed(piece);
    outcome.used += used;
    if (parser.state() == State::complete) {
      outcome.status = 200;
      outcome.framing = parser.framing();
      outcome.request = parser.take();
      return outcome;
    }
    if (parser.state() == State::refused) {
      outcome.status = parser.status();
      return outcome;
    }
    if (used == 0) return outcome;
  }
  return outcome;
}

/// The status for `bytes`, which must not depend on how they are split.
int status(std::string_view bytes, const Limits& limits = {}) {
  const int whole = parse(bytes, bytes.size(), limits).status;
  for (const std::size_t step : {1, 2, 3, 7})
    CHECK_MESSAGE(parse(bytes, step, limits).status == whole, bytes);
  return whole;
}

std::string with(std::string_view header_lines) {
  return "POST /v1 HTTP/1.1\r\nHost: a\r\n" + std::string{header_lines} + "\r\n";
}

}  // namespace

TEST_CASE("request parser: a request in any pieces, the same values") {
  const std::string text =
      "POST /v1/chat?a=b&c HTTP/1.1\r\nHost: x:80\r\nX-One:  two \t\r\nEmpty:\r\n"
      "Content-Length: 5\r\n\r\nhelloGET / HTTP/1.1";
  for (std::size_t step = 1; step <= text.size(); ++step) {
    const auto outcome = parse(text, step);
    REQUIRE(outcome.status == 200);
    CHECK(outcome.request.method == "POST");
    CHECK(outcome.request.path == "/v1/chat");
    CHECK(outcome.request.query == "a=b&c");
    CHECK(outcome.request.body == "hello");
    REQUIRE(outcome.request.headers.size() == 4);
    CHECK(find(outcome.request.headers, "x-one") == "two");
    CHECK(find(outcome.request.headers, "empty") == "");
    CHECK(outcome.framing.keep_alive);
    CHECK(outcome.used == text.find("GET"));
  }
}

TEST_CASE("request parser: chunked bodies with extensions and trailers are put together") {
  const std::string text = with("Transfer-Encoding: Chunked\r\n") +
                           "5;x=\"y\"\r\nhello\r\n00A\r\n0123456789\r\n0\r\nX-T: 1\r\n\r\nrest";
  for (const std::size_t step : {std::size_t{1}, std::size_t{4}, text.size()}) {
    const auto outcome = parse(text, step);
    REQUIRE(outcome.status == 200);
    CHECK(outcome.request.body == "hello0123456789");
    CHECK(outcome.used == text.size() - 4);
  }
}

TEST_CASE("request parser: ambiguous framing is refused") {
  CHECK(status(with("Content-Length: 5\r\nContent-Length: 5\r\n") + "hello") == 400);
  CHECK(status(with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n") == 400);
  CHECK(status(with("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n") + "0\r\n\r\n") == 400);
  for (const char* value : {"5, 5", "+5", "-5", "0x5", "5 5", "", "5a"})
    CHECK(status(with("Content-Length: " + std::string{value} + "\r\n")) == 400);
  for (const char* value : {"identity", "gzip, chunked", "chunked, identity", "chunked, chunked",
                            "xchunked", "\vchunked", "", "chunked;q=1", "\"chunked\""})
    CHECK(status(with("Transfer-Encoding: " + std::string{value} + "\r\n")) == 400);
  CHECK(status(with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")) == 400);
  CHECK(status("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n") == 400);
}

TEST_CASE("request parser: malformed header lines are refused") {
  CHECK(status(with("X: a\r\n folded\r\n")) == 400);
  CHECK(status(with("X: a\r\n\tfolded\r\n")) == 400);
  CHECK(status(with(" X: leading\r\n")) == 400);
  CHECK(status(with("Content-Length : 5\r\n")) == 400);
  CHECK(status(with("X\r\n")) == 400);
  CHECK(status(with(": no name\r\n")) == 400);
  CHECK(status(with("X: a\rb\r\n")) == 400);
  CHECK(status(with("X: a\nY: b\r\n")) == 400);
  CHECK(status(with("X: a\n")) == 400);
  CHECK(status(with("X: a\x01z\r\n")) == 400);
  CHECK(status(with(std::string{"X: a\0z\r\n", 8})) == 400);
  CHECK(status(with("X: a\x7fz\r\n")) == 400);
  CHECK(status(with("X(Y: a\r\n")) == 400);
  CHECK(status(with("X\xc3\xa4: a\r\n")) == 400);
  CHECK(status(with("X: \xc3\xa4\r\n")) == 200);
  CHECK(status("GET / HTTP/1.1\nHost: a\n\n") == 400);
  CHECK(status("GET / HTTP/1.1\r\nHost: a\r\n\n") == 400);
}

TEST_CASE("request parser: exactly one sound Host in HTTP/1.1") {
  CHECK(status("GET / HTTP/1.1\r\n\r\n") == 400);
  CHECK(status("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n") == 400);
  CHECK(status("GET / HTTP/1.0\r\nHost: a\r\nhost: b\r\n\r\n") == 400);
  for (const char* host : {"", "a b", "a/b", "u@a", "a,b", "a?b", "a#b"})
    CHECK(status("GET / HTTP/1.1\r\nHost: " + std::string{host} + "\r\n\r\n") == 400);
  CHECK(status("GET / HTTP/1.1\r\nHost: [::1]:8700\r\n\r\n") == 200);
  CHECK(status("GET / HTTP/1.0\r\n\r\n") == 200);
}

TEST_CASE("request parser: targets and versions that are not ours are refused") {
  const auto target = [](std::string_view t) {
    return status("GET " + std::string{t} + " HTTP/1.1\r\nHost: a.example\r\n\r\n");
  };
  CHECK(target("/") == 200);
  CHECK(target("/a%20b?c=%7B") == 200);
  CHECK(target("http://A.example/x?y") == 200);
  CHECK(target("http://a.example") == 200);
  for (const char* t : {"a", "a.example:80", "http://b.example/", "ftp://a.example/", "*", "/a b",
                        "/a#b", "/\xc3\xa4", "/a\tb", "/a\x01", "http:///x", "http://u@a.example/"})
    CHECK(target(t) == 400);
  CHECK(status("GET  / HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
  CHECK(status("GET / HTTP/1.1 \r\nHost: a\r\n\r\n") == 400);
  CHECK(status(" GET / HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
  CHECK(status("GET /\r\nHost: a\r\n\r\n") == 400);
  for (const char* v : {"HTTP/0.9", "HTTP/1.2", "HTTP/2.0", "HTTP/1.10", "http/1.1", "HTTP/11"})
    CHECK(status("GET / " + std::string{v} + "\r\nHost: a\r\n\r\n") == 400);
  CHECK(status("CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n") == 400);
  CHECK(status("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") == 400);
  CHECK(status("G(T / HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
  CHECK(status("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n") == 200);
  CHECK(status(std::string_view{"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n", 13}) == 400);
}

TEST_CASE("request parser: an absolute target is taken apart") {
  const auto outcome =
      parse("GET http://a.example:80/x?y HTTP/1.1\r\nHost: a.example:80\r\n\r\n", 1000);
  CHECK(outcome.request.path == "/x");
  CHECK(outcome.request.query == "y");
}

TEST_CASE("request parser: bad chunk framing is refused, also where llhttp would take it") {
  const auto chunks = [](std::string_view body) {
    return status(with("Transfer-Encoding: chunked\r\n") + std::string{body});
  };
  CHECK(chunks("5\r\nhello\r\n0\r\n\r\n") == 200);
  for (const char* body : {"5\nhello\r\n0\r\n\r\n",
                           "5\r\nhello\n0\r\n\r\n",
                           "5\r\nhelloXX0\r\n\r\n",
                           "5\rXhello\r\n0\r\n\r\n",
                           "5 \r\nhello\r\n0\r\n\r\n",
                           " 5\r\nhello\r\n0\r\n\r\n",
                           "+5\r\nhello",
                           "-5\r\nhello",
                           "0x5\r\nhello",
                           "\r\n5\r\nhello",
                           ";a\r\nhello",
                           "000000005\r\nhello",
                           "5\r\nhello\r\n0\r\n\rX",
                           "5\r\nhello\r\n0\r\n\n",
                           "5;a\nb\r\nhello",
                           "5;a\rb\r\nhello",
                           "0\r\nX : a\r\n\r\n",
                           "0\r\nX: a\n\r\n",
                           "0\r\n folded: a\r\n\r\n",
                           "0\r\nnocolon\r\n\r\n",
                           "0\r\n: v\r\n\r\n",
                           "g\r\n"})
    CHECK_MESSAGE(chunks(body) == 400, body);
}

TEST_CASE("request parser: what exceeds a limit is refused before it is held") {
  Limits limits;
  limits.target_bytes_max = 100;
  limits.header_bytes_max = 300;
  limits.headers_max = 5;
  limits.body_bytes_max = 10;
  const auto get = [](std::size_t n) {
    return "GET /" + std::string(n, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n";
  };
  CHECK(status(get(99), limits) == 200);
  CHECK(status(get(100), limits) == 431);
  CHECK(status("GET /" + std::string(500, 'a'), limits) == 431);
  CHECK(status(with("X: " + std::string(200, 'a') + "\r\n"), limits) == 200);
  CHECK(status(with("X: " + std::string(300, 'a') + "\r\n"), limits) == 431);
  CHECK(status("GET / HTTP/1.1\r\nX: " + std::string(500, 'a'), limits) == 431);
  CHECK(status(with("A: 1\r\nB: 1\r\nC: 1\r\nD: 1\r\n"), limits) == 200);
  CHECK(status(with("A: 1\r\nB: 1\r\nC: 1\r\nD: 1\r\nE: 1\r\n"), limits) == 431);
  CHECK(status(with("Content-Length: 10\r\n") + "0123456789", limits) == 200);
  CHECK(status(with("Content-Length: 11\r\n"), limits) == 413);
  CHECK(status(with("Transfer-Encoding: chunked\r\n") + "b\r\n", limits) == 413);
  CHECK(status(with("Transfer-Encoding: chunked\r\n") + "5\r\nhello\r\n6\r\n", limits) == 413);
  CHECK(status(with("Transfer-Encoding: chunked\r\n") + "ffffffff\r\n", limits) == 413);
  CHECK(status(with("Transfer-Encoding: chunked\r\n") + "1;" + std::string(400, 'x'), limits) ==
        400);
  CHECK(status(with("Transfer-Encoding: chunked\r\n") + "0\r\nX: " + std::string(400, 'x'),
               limits) == 400);
}

TEST_CASE("request parser: a length beyond every number is too large, other text malformed") {
  for (const char* length : {"99999999999999999999999", "18446744073709551616",
                             "18446744073709551615", "000000000000000000000000033554433"})
    CHECK_MESSAGE(status(with("Content-Length: " + std::string{length} + "\r\n")) == 413, length);
  for (const char* length : {"", "-1", "+1", "0x1", "1,1", "1 1", "99999999999999999999999a"})
    CHECK_MESSAGE(status(with("Content-Length: " + std::string{length} + "\r\n")) == 400, length);
}

TEST_CASE("request parser: an expectation that nobody meets is refused") {
  CHECK(status(with("Expect: wonders\r\n")) == 417);
  CHECK(status(with("Expect: 100-continue\r\nExpect: wonders\r\n")) == 417);
  CHECK(status(with("Expect: 100-Continue\r\n")) == 200);
  CHECK(status(with("Expect:\r\n")) == 200);
}

TEST_CASE("request parser: bodies are charged as they grow, and given back however they end") {
  const Limits limits;
  BodyBudget bodies{100'000};
  {
    RequestParser first{limits, &bodies};
    RequestParser second{limits, &bodies};
    first.feed(with("Content-Length: 90000\r\n"));
    CHECK(bodies.held() == 0);
    first.feed(std::string(50'000, 'x'));
    CHECK(bodies.held() >= 50'000);
    second.feed(with("Transfer-Encoding: chunked\r\n"));
    second.feed("ea60\r\n");
    second.feed(std::string(60'000, 'x'));
    CHECK(second.state() == State::refused);
    CHECK(second.status() == 503);
    CHECK(bodies.held() < 60'000);
    first.feed(std::string(40'000, 'x'));
    REQUIRE(first.state() == State::complete);
    CHECK(bodies.held() == 90'000);
    CHECK(first.take().body.size() == 90'000);
    CHECK(bodies.held() == 0);
    first.feed(with("Content-Length: 90000\r\n"));
    first.feed("x");
    CHECK(bodies.held() > 0);
  }
  CHECK(bodies.held() == 0);
}

TEST_CASE("request parser: a promised body reserves no more than a little") {
  const Limits limits;
  RequestParser parser{limits};
  parser.feed(with("Content-Length: 30000000\r\n"));
  REQUIRE(parser.state() == State::body);
  parser.feed("x");
  CHECK(parser.state() == State::body);
}

TEST_CASE("request parser: keep-alive follows version and Connection") {
  CHECK(parse("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 99).framing.keep_alive);
  CHECK_FALSE(
      parse("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 99).framing.keep_alive);
  CHECK_FALSE(parse("GET / HTTP/1.0\r\n\r\n", 99).framing.keep_alive);
  CHECK(parse("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 99).framing.keep_alive);
}

TEST_CASE("request parser: an offer to change the protocol is not taken up") {
  const auto outcome =
      parse("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", 1000);
  CHECK(outcome.status == 200);
  CHECK(outcome.framing.keep_alive);
}

TEST_CASE("request parser: a few blank lines before a request are skipped, many are refused") {
  CHECK(status("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n") == 200);
  CHECK(status("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n") == 200);
  CHECK(status("\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
  CHECK(status("\rGET / HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
}

TEST_CASE("request parser: 100-continue is awaited only until body bytes come") {
  const Limits limits;
  RequestParser waiting{limits};
  waiting.feed(with("Content-Length: 5\r\nExpect: 100-Continue\r\n"));
  CHECK(waiting.take_expectation());
  CHECK_FALSE(waiting.take_expectation());
  RequestParser sending{limits};
  sending.feed(with("Content-Length: 5\r\nExpect: 100-continue\r\n"));
  sending.feed("h");
  CHECK_FALSE(sending.take_expectation());
  RequestParser empty{limits};
  empty.feed(with("Expect: 100-continue\r\n"));
  CHECK(empty.state() == State::complete);
}
