// A server whose handler keeps every request until the test answers it.
#pragma once

#include "actors/net/http/server.hpp"
#include "tests/actors/net/http/loop.hpp"

#include <doctest/doctest.h>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weir::net::http::test {

struct Asked {
  Request request;
  ExchangePtr exchange;
};

struct Served {
  explicit Served(Limits limits = {}, std::optional<tls::Context> tls = std::nullopt)
      : server{std::make_unique<Server>(
            loop.io, limits, Headers{{"server", "weir"}}, std::move(tls),
            [this](Request request, ExchangePtr exchange) {
              if (at_once) return exchange->respond(*at_once);
              asked.push_back({std::move(request), std::move(exchange)});
            },
            [](int status, std::string_view path) {
              return Response{status,
                              {{"x-request-id", "r1"}},
                              "error " + std::to_string(status) + std::string{path}};
            },
            [this](const Request& head) { return judge ? judge(head) : std::nullopt; })} {
    auto listening = server->listen({"127.0.0.1", 0});
    REQUIRE(listening);
    port = *listening;
  }

  /// Waits for the `n`th request.
  Asked& request(std::size_t n = 1) {
    REQUIRE(loop.until([&] { return asked.size() >= n; }));
    return asked[n - 1];
  }

  Loop loop;
  std::optional<Response> at_once;  ///< answers within the handler where set
  OnHead judge;                     ///< of heads, where set
  std::vector<Asked> asked;
  std::unique_ptr<Server> server;
  std::uint16_t port = 0;
};

inline const std::string get = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n";

}  // namespace weir::net::http::test
