// One connection from its socket to a verified peer, on the handshake thread.
#pragma once

#include "actors/net/asio.hpp"
#include "actors/net/link/handshaker.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace weir::net::link {

class Handshake : public std::enable_shared_from_this<Handshake> {
 public:
  using Clock = std::chrono::steady_clock;
  /// Called once: the verified peer, or why there is none.
  using Finish = std::function<void(Result<Established>)>;

  Handshake(asio::ip::tcp::socket socket, tls::Context context, bool server, Expected expected);

  void on_end(Finish finish) { finish_ = std::move(finish); }
  asio::ip::tcp::socket& socket() { return socket_; }
  /// It ended already: its deadline passed while a name was being looked up.
  bool over() const { return !finish_; }
  /// Ends it after `whole`, and after `first` where it is still silent then.
  void arm(Millis first, Millis whole);
  /// The socket is connected.
  void begin();
  void end(Result<Established> result);

  /// A server's: the client has not said a whole ClientHello yet.
  bool silent() const;
  /// Since its making.
  Clock::duration age() const { return Clock::now() - made_; }
  /// The peer's address and port, and what of them tells hosts apart: an IPv4 address, or the
  /// first half of an IPv6 one, whose second half a host may choose.
  const std::string& from() const { return from_; }
  const std::string& host() const { return host_; }

 private:
  void wait_deadline(Millis after, const char* why);
  void wait(asio::ip::tcp::socket::wait_type what);
  void step();
  void verify();

  asio::ip::tcp::socket socket_;
  asio::steady_timer deadline_;
  tls::Context context_;
  bool server_;
  Expected expected_;
  Finish finish_;
  std::unique_ptr<tls::Session> session_;
  Clock::time_point made_ = Clock::now();
  Millis whole_{0};
  bool heard_ = false;
  std::string from_, host_;
};

}  // namespace weir::net::link
