// TLS handshakes on a thread of their own: they cost about 1 ms of CPU each, which the data
// thread must not spend. A finished one is handed over as a descriptor and a TLS session.
#pragma once

#include "actors/net/link/hub.hpp"
#include "actors/net/tls/context.hpp"
#include "schema/types/brain.hpp"
#include "schema/types/result.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace weir::net::link {

/// A descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_{fd} {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept : fd_{other.release()} {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

/// A connected peer whose certificate was verified.
struct Established {
  Descriptor socket;  ///< outlives `session`, which reads and writes it
  std::unique_ptr<tls::Session> session;
  PeerIdentity peer;
  bool ipv6 = false;
  std::string from;  ///< the peer's address and port, where it was accepted
};

/// Whom a connection must turn out to be.
struct Expected {
  std::string cluster;
  std::string role;
};

class Handshaker {
 public:
  /// Called on the handshake thread, once per connection that was accepted or connected. `from`:
  /// address and port of an accepted one.
  using Done = std::function<void(const std::string& from, Result<Established>)>;

  explicit Handshaker(LinkLimits limits);
  ~Handshaker();  ///< stops the thread; pending handshakes end without a call

  /// Accepts for ever; at most `handshakes_max` at once. A connection that says nothing loses its
  /// place to one that waits in the kernel's backlog: silent clients lock nobody out.
  /// returns the port. errors unreachable: cannot bind.
  Result<std::uint16_t> listen(const HostPort& where, tls::Context context, Expected expected,
                               Done done);
  /// One connection attempt, name resolution included.
  void connect(const HostPort& where, tls::Context context, Expected expected, Done done);
  /// For connections accepted from now on.
  void replace_tls(tls::Context context);
  void stop_listening();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::net::link
