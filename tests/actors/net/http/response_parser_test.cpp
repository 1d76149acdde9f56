#include "actors/net/http/response_parser.hpp"

#include <doctest/doctest.h>

namespace {

using weir::net::http::find;
using weir::net::http::ResponseParser;

struct Parsed {
  bool fine = true;
  std::string body;
  std::size_t used = 0;
};

Parsed feed(ResponseParser& parser, std::string_view bytes, std::size_t step) {
  Parsed parsed;
  while (parsed.fine && parsed.used < bytes.size() && !parser.complete()) {
    std::size_t used = 0;
    parsed.fine = parser.feed(bytes.substr(parsed.used, step), used);
    parsed.used += used;
    parsed.body += parser.body();
  }
  return parsed;
}

}  // namespace

TEST_CASE("response parser: a chunked answer in any pieces, the same values") {
  const std::string text =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-Empty:\r\nX-Pad: a \r\n"
      "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\nX-Trailer: "
      "t\r\n\r\nHTTP";
  for (std::size_t step = 1; step <= text.size(); ++step) {
    ResponseParser parser;
    const auto parsed = feed(parser, text, step);
    REQUIRE(parsed.fine);
    CHECK(parser.complete());
    CHECK(parser.keep_alive());
    CHECK(parser.status() == 200);
    CHECK(parsed.body == "hello world");
    REQUIRE(parser.headers().size() == 4);
    CHECK(find(parser.headers(), "content-type") == "text/event-stream");
    CHECK(find(parser.headers(), "x-empty") == "");
    CHECK(find(parser.headers(), "x-pad") == "a");
    CHECK(parsed.used == text.size() - 4);
  }
}

TEST_CASE("response parser: interim answers are skipped, headers and all") {
  const std::string text =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
      "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok";
  for (std::size_t step = 1; step <= text.size(); ++step) {
    ResponseParser parser;
    const auto parsed = feed(parser, text, step);
    REQUIRE(parsed.fine);
    CHECK(parser.status() == 201);
    CHECK(parsed.body == "ok");
    CHECK(parser.headers().size() == 1);
  }
}

TEST_CASE("response parser: an answer without length ends with the connection") {
  ResponseParser parser;
  CHECK(feed(parser, "HTTP/1.0 200 OK\r\n\r\nabc", 4).body == "abc");
  CHECK_FALSE(parser.complete());
  CHECK(parser.end_of_stream());
  CHECK_FALSE(parser.keep_alive());
}

TEST_CASE("response parser: an answer that is cut short is not complete") {
  for (const char* text :
       {"", "HTTP/1.1 20", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n"}) {
    ResponseParser parser;
    CHECK(feed(parser, text, 1000).fine);
    CHECK_FALSE_MESSAGE(parser.end_of_stream(), text);
  }
}

TEST_CASE("response parser: answers without a body end at their head") {
  for (const char* text : {"HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 304 Not Modified\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"}) {
    ResponseParser parser;
    CHECK(feed(parser, text, 1000).fine);
    CHECK(parser.complete());
  }
  ResponseParser parser;
  parser.reset(true);
  CHECK(feed(parser, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 1000).fine);
  CHECK(parser.complete());
}

TEST_CASE("response parser: malformed, oversized and protocol-changing answers are refused") {
  const auto refused = [](const std::string& text) {
    ResponseParser parser;
    return !feed(parser, text, text.size()).fine;
  };
  CHECK(refused("FTP/1.1 200 OK\r\n\r\n"));
  CHECK(refused("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"));
  CHECK(refused("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"));
  CHECK(refused("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n"));
  CHECK(refused("HTTP/1.1 200 OK\r\nX: " + std::string(ResponseParser::header_bytes_max, 'a')));
  std::string many = "HTTP/1.1 200 OK\r\n";
  for (std::size_t i = 0; i <= ResponseParser::headers_max; ++i) many += "a: b\r\n";
  CHECK(refused(many + "\r\n"));
}
