// An HTTP/1.1 server on Asio and llhttp. All calls and callbacks on the io thread.
//
// Refused before a handler runs: whatever llhttp refuses, and what it lets pass: obsolete line
// folding, duplicate Host or Content-Length, a lone CR, Content-Length beside Transfer-Encoding,
// a target or header over its limit. Pipelined requests are answered in order, one at a time.
#pragma once

#include "actors/net/http/message.hpp"
#include "actors/net/tls/context.hpp"
#include "schema/types/result.hpp"
#include "schema/types/settings.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

namespace asio {
class io_context;
}

namespace weir::net::http {

/// One request's way back. Copies of the pointer may outlive the connection: every call is then
/// without effect. Either respond(), or begin() … write()* … end(), once.
class Exchange {
 public:
  virtual ~Exchange() = default;
  /// The whole answer at once. Small answers leave in one write with their head.
  virtual void respond(Response response) = 0;
  /// Status and headers of a streamed answer (chunked). Leaves with the first write().
  virtual void begin(int status, Headers headers) = 0;
  /// Sends `bytes` as they are, without waiting for more.
  /// returns  the bytes that the client has not taken yet; the caller stops its source above
  ///          `buffered_bytes_max` and goes on at on_drained.
  virtual std::size_t write(std::string_view bytes) = 0;
  virtual void end() = 0;
  /// Closes without an orderly end: a client sees a broken stream, never a complete one.
  virtual void abort() = 0;
  /// `bytes` left for the client since the last call (grants upstream credit). Replaces the
  /// former function; both are dropped after the exchange's end.
  virtual void on_sent(std::function<void(std::size_t bytes)> sent) = 0;
  /// The client vanished before the answer was complete, or took nothing for `write_stall`
  /// (`slow`). Runs at most once, not from within another call. A reset is told at once; a client
  /// that ended its direction has 50 ms, and goes on if it acknowledged bytes of the answer then.
  virtual void on_gone(std::function<void(bool slow)> gone) = 0;
  /// "ip:port" of the client, for logs.
  virtual std::string peer() const = 0;
};
using ExchangePtr = std::shared_ptr<Exchange>;

using Handler = std::function<void(Request request, ExchangePtr exchange)>;
/// Shapes an error that the server answers by itself (400, 408, 413, 417, 431, 500, 503): body and
/// headers are sent as they are, the status is the server's. `path` is empty where the request was
/// refused before its path was known.
using ErrorBody = std::function<Response(int status, std::string_view path)>;
/// Judges a request by its head alone (`head.body` is empty), before its body is read and before
/// "100 Continue". An answer is sent at once and the handler never sees the request; the
/// connection closes unless the body is short enough to be thrown away. nullopt: go on.
using OnHead = std::function<std::optional<Response>(const Request& head)>;

class Server {
 public:
  /// `common` headers are added to every response, errors included. `tls` absent: plain text.
  Server(asio::io_context& io, Limits limits, Headers common, std::optional<tls::Context> tls,
         Handler handler, ErrorBody error_body, OnHead on_head = nullptr);
  ~Server();  ///< closes everything
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Starts to listen. returns the port (useful for port 0). errors unreachable: cannot bind.
  Result<std::uint16_t> listen(const HostPort& where);
  /// Accepts no new connection and closes idle ones; running exchanges go on.
  void stop_accepting();
  /// Exchanges not ended yet.
  std::size_t exchanges() const;
  /// For a new certificate; running connections keep the old one.
  void replace_tls(tls::Context context);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace weir::net::http
