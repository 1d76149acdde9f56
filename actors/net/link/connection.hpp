// One established link: frames in and out of a TLS session, its lanes and its credit. Everything
// on the io thread. Liveness is watched from outside, by the hub's one sweep.
#pragma once

#include "actors/net/asio.hpp"
#include "actors/net/link/credit.hpp"
#include "actors/net/link/deframer.hpp"
#include "actors/net/link/handshaker.hpp"
#include "actors/net/link/hub.hpp"
#include "actors/net/link/outbox.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weir::net::link {

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  /// What all connections of a hub share.
  struct Shared {
    LinkLimits limits;
    ports::LinkEvents* events = nullptr;  ///< null once the hub is gone
    ProcessCredit credit;
    Hub::Stats stats;
    std::vector<std::byte> read_buffer;  ///< one for all: idle links keep none
    /// The connection ended; called once, from the loop, never from within a public call.
    std::function<void(LinkId, const std::string& why)> on_end;
  };

  Connection(asio::io_context& io, LinkId id, Established established,
             std::shared_ptr<Shared> shared);
  ~Connection();

  /// Sends our Hello and begins to read.
  void start(const Hello& hello);
  void send(Message message);
  std::size_t write(StreamId stream, ports::DataKind kind, std::span<const std::byte> bytes);
  void consumed(StreamId stream, std::size_t bytes);
  void forget(StreamId stream);
  /// Ends the link after what is queued has left (`flush`), or at once.
  void close(const std::string& why, bool flush);
  /// The sweep: silence, late Hello, pings. For `stalled` before `now` our own loop stood still;
  /// that time is not held against the peer.
  void check(std::chrono::steady_clock::time_point now,
             std::chrono::steady_clock::duration stalled);

  const PeerIdentity& peer() const { return peer_; }
  /// The peer's Hello has come, its versions fit: on_up was called.
  bool up() const { return peer_hello_.has_value(); }
  std::uint64_t peer_incarnation() const { return peer_hello_ ? peer_hello_->incarnation : 0; }

 private:
  void wait_read();
  void on_readable();
  void on_frame(const FrameHeader& header, std::span<const std::byte> payload);
  void on_message(std::span<const std::byte> payload);
  void on_hello(Hello hello);
  /// Open or close streams as the message passing by demands; false: it breaks the protocol.
  void before_sending(Message& message);
  bool after_receiving(const Message& message);
  void schedule_flush();
  void flush();
  /// Writes what may leave. returns whether the link is still well.
  bool write_out(std::vector<StreamId>& drained);
  void wait_write();
  /// Everything has left: says so to the peer, whose close ends the link.
  void half_close();
  void end(std::string why);
  void end_soon(std::string why);
  void broken(const std::string& what);

  asio::io_context& io_;
  LinkId id_;
  asio::ip::tcp::socket socket_;
  std::unique_ptr<tls::Session> session_;
  PeerIdentity peer_;
  std::shared_ptr<Shared> shared_;
  FrameSizes sizes_;
  Deframer deframer_;
  Outbox outbox_;
  CreditBook credit_;
  std::optional<Hello> peer_hello_;
  std::string sending_;  ///< bytes on their way into the socket
  std::size_t sent_ = 0;
  std::chrono::steady_clock::time_point began_, heard_, spoke_, close_by_;
  std::string close_reason_;
  bool flush_posted_ = false;
  bool waiting_write_ = false;
  bool closing_ = false;      ///< nothing new is sent
  bool half_closed_ = false;  ///< everything was sent
  bool ended_ = false;
};

}  // namespace weir::net::link
