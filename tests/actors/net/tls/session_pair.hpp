// Two TLS sessions over a pair of connected descriptors, driven by hand.
#pragma once

#include "actors/net/tls/context.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <array>
#include <memory>
#include <string>

namespace weir::net::tls {

class SessionPair {
 public:
  SessionPair(const Context& server_context, const Context& client_context,
              const std::string& server_name = "") {
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds_.data()) == 0);
    server = std::make_unique<Session>(server_context, fds_[0], true, "");
    client = std::make_unique<Session>(client_context, fds_[1], false, server_name);
  }
  ~SessionPair() {
    server.reset();
    client.reset();
    for (const int fd : fds_)
      if (fd >= 0) ::close(fd);
  }
  SessionPair(const SessionPair&) = delete;
  SessionPair& operator=(const SessionPair&) = delete;

  /// Drives both sides as far as they get. returns whether both finished and each can read what
  /// the other writes: a TLS 1.3 client learns only by reading that it was refused.
  bool handshake() {
    Want a = Want::read, b = Want::read;
    for (int i = 0; i < 20; ++i) {
      if (busy(b)) b = client->handshake();
      if (busy(a)) a = server->handshake();
    }
    return a == Want::nothing && b == Want::nothing && passes(*server, *client) &&
           passes(*client, *server);
  }

  /// The peer's process dies: its descriptor closes without a word.
  void cut_server() {
    ::close(fds_[0]);
    fds_[0] = -1;
  }

  std::unique_ptr<Session> server, client;

 private:
  static bool busy(Want w) { return w == Want::read || w == Want::write; }

  static bool passes(Session& from, Session& to) {
    std::size_t n = 0;
    const std::array<std::byte, 1> out{std::byte{42}};
    std::array<std::byte, 8> in{};
    return from.write(out, n) == Want::nothing && to.read(in, n) == Want::nothing && n == 1 &&
           in[0] == out[0];
  }

  std::array<int, 2> fds_{-1, -1};
};

}  // namespace weir::net::tls
