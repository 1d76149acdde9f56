// A byte transport: a plain socket, or TLS on the socket's descriptor. Calls never block; what a
// call wants next is waited for by readiness, so that an idle connection holds no buffer.
#pragma once

#include "actors/net/http/deadline.hpp"
#include "actors/net/tls/context.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace weir::net::http {

class Stream {
 public:
  using Want = tls::Want;

  explicit Stream(Socket socket) : socket_{std::move(socket)} {}

  Socket& socket() { return socket_; }
  bool is_open() const { return socket_.is_open(); }

  /// Puts the connected descriptor into non-blocking mode; TLS follows where asked for.
  void connected();
  void secure(const tls::Context& context, bool server, const std::string& server_name);
  bool secured() const { return session_.has_value(); }
  Want handshake() { return session_->handshake(); }

  /// Reads what is there; `got` > 0 exactly when nothing is returned.
  Want read(std::span<char> into, std::size_t& got);
  /// Writes a prefix of the parts' concatenation with one call; at most `parts_max` parts.
  Want write(std::span<const std::string_view> parts, std::size_t& put);
  static constexpr std::size_t parts_max = 4;
  /// Whether decrypted bytes wait inside, which no readiness will announce.
  bool pending() const { return session_ && session_->pending(); }

  template <class F>
  void wait_readable(F&& f) {
    socket_.async_wait(Socket::wait_read, std::forward<F>(f));
  }
  template <class F>
  void wait_writable(F&& f) {
    socket_.async_wait(Socket::wait_write, std::forward<F>(f));
  }

  /// Ends our direction in order: close_notify where there is TLS, then FIN.
  void shutdown_send();
  /// `reset`: the peer sees a broken connection instead of an orderly end.
  void close(bool reset = false);

 private:
  Socket socket_;
  std::optional<tls::Session> session_;
};

}  // namespace weir::net::http
