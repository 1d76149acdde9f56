// An HTTP/1.1 client with keep-alive connection pools, one pool per origin. All calls and
// callbacks on the io thread. A pooled connection that the server closed meanwhile is noticed:
// a request that broke on a reused connection before any answer byte is sent once more on a
// fresh one, unless it may go only once. A connection returns to its pool only after a complete,
// orderly answer.
#pragma once

#include "actors/net/http/message.hpp"
#include "actors/net/tls/context.hpp"
#include "schema/types/result.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace asio {
class io_context;
}

namespace weir::net::http {

/// scheme, host, port and path prefix of a server.
struct Origin {
  bool https = false;
  std::string host;
  std::uint16_t port = 80;
  std::string prefix;  ///< "" or "/v1" …, no trailing slash
  friend bool operator==(const Origin&, const Origin&) = default;
};
/// "http[s]://host[:port][/prefix]"; IPv6 hosts in brackets.
/// errors  invalid_config: anything else, user info and queries included.
Result<Origin> parse_origin(const std::string& url);

struct ClientRequest {
  std::string method = "GET";
  std::string path = "/";  ///< appended to the origin's prefix; may hold a query
  Headers headers;         ///< without host, content-length, connection
  std::string body;
  bool once = false;  ///< a byte of it that was sent is never sent again
  Millis connect_max{2'000};
  /// From the request's last byte to the first of the answer's body: headers that come early are
  /// no answer yet.
  Millis first_byte_max{30'000};
  Millis stall_max{30'000};  ///< longest silence inside the body; not while paused
};

struct ClientAnswer {
  std::function<void(int status, const Headers& headers)> on_head;
  std::function<void(std::span<const std::byte>)> on_bytes;  ///< decoded body
  /// Exactly once, last; never after cancel(). errors  unreachable (no connection),
  /// timed_out (a limit of the request), upstream_failed (broken or malformed answer).
  std::function<void(Result<Done>)> on_end;
};

using CallId = std::uint64_t;

class Client {
 public:
  /// `tls` is needed for https origins only. `idle_max` connections are kept per origin.
  Client(asio::io_context& io, std::optional<tls::Context> tls, std::size_t idle_max = 64);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  CallId start(const Origin& origin, ClientRequest request, ClientAnswer answer);
  /// Closes the call's connection at once; no callback follows. Idempotent.
  void cancel(CallId call);
  /// No callback follows, as after cancel(); but the rest of the answer is read and dropped, up to
  /// 64 KiB and 200 ms, so that its connection may serve another call. Idempotent.
  void discard(CallId call);
  /// Stops or resumes reading the answer (back-pressure down to the server's socket).
  void pause(CallId call, bool on);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

/// One unary call: the whole answer, at most `body_max` bytes of it (else upstream_failed).
/// returns  the call, to be cancelled; `done` never runs from within.
CallId fetch(Client& client, const Origin& origin, ClientRequest request, std::size_t body_max,
             std::function<void(Result<Response>)> done);

}  // namespace weir::net::http
