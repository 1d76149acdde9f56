// One io_context, pumped with a deadline, and raw TCP peers that say exactly the bytes a test
// wants to say.
#pragma once

#include "actors/net/asio.hpp"
#include "schema/types/units.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace weir::net::http::test {

struct Loop {
  asio::io_context io{1};

  /// Pumps until `done()`; false when `limit` passes first.
  template <class F>
  bool until(F done, Millis limit = Millis{5'000}) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!done()) {
      if (std::chrono::steady_clock::now() >= end) return false;
      io.restart();
      io.run_one_for(Millis{1});
    }
    return true;
  }
  /// Pumps for `time`: for what must not happen.
  void pump(Millis time) {
    until([] { return false; }, time);
  }
};

/// A raw, non-blocking TCP peer on 127.0.0.1.
class Peer {
 public:
  Peer() = default;
  explicit Peer(int descriptor) : fd_{descriptor} {}
  Peer(Peer&& other) noexcept
      : received{std::move(other.received)},
        ended{other.ended},
        fd_{std::exchange(other.fd_, -1)} {}
  Peer& operator=(Peer&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(received, other.received);
    std::swap(ended, other.ended);
    return *this;
  }
  ~Peer() { close(); }

  static Peer connect(std::uint16_t port, int receive_buffer = 0) {
    Peer peer{::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)};
    if (receive_buffer > 0)
      ::setsockopt(peer.fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::connect(peer.fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to);
    return peer;
  }

  bool open() const { return fd_ >= 0; }
  /// Sends what the kernel takes; returns how much.
  std::size_t send(std::string_view bytes) {
    const auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return n < 0 ? 0 : static_cast<std::size_t>(n);
  }
  /// Reads what is there into `received`; sets `ended` at FIN or RST.
  void poll() {
    std::array<char, 65536> bytes;
    for (;;) {
      const auto n = ::recv(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT);
      if (n > 0) {
        received.append(bytes.data(), static_cast<std::size_t>(n));
        continue;
      }
      if (n == 0 || (errno != EAGAIN && errno != ENOTCONN)) ended = true;
      return;
    }
  }
  /// Reads at most `most` bytes, and forgets them.
  std::size_t skip(std::size_t most) {
    std::string bytes(most, '\0');
    const auto n = ::recv(fd_, bytes.data(), most, MSG_DONTWAIT);
    return n < 0 ? 0 : static_cast<std::size_t>(n);
  }
  bool got(std::string_view text) {
    poll();
    return received.find(text) != std::string::npos;
  }
  bool finished() {
    poll();
    return ended;
  }
  std::string take() { return std::exchange(received, {}); }
  void shutdown_send() { ::shutdown(fd_, SHUT_WR); }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  void reset() {
    const linger now{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close();
  }

  std::string received;
  bool ended = false;

 private:
  int fd_ = -1;
};

/// A raw listening socket on 127.0.0.1.
class Listener {
 public:
  Listener() : fd_{::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)} {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(fd_, reinterpret_cast<const sockaddr*>(&at), sizeof at);
    ::listen(fd_, 16);
  }
  ~Listener() { ::close(fd_); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  std::uint16_t port() const {
    sockaddr_in at{};
    socklen_t size = sizeof at;
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&at), &size);
    return ntohs(at.sin_port);
  }
  /// The next waiting connection; not open() when there is none.
  Peer accept() { return Peer{::accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK)}; }

 private:
  int fd_;
};

}  // namespace weir::net::http::test
