// One established link: frames in and out of a TLS session, its lanes and its credit. Everything
// on the io thread. Liveness is watched from outside, by the hub's one sweep.
#pragma once

#include "actors/net/asio.hpp"
#include "actors/net/link/credit.hpp"
#include "actors/net/link/deframer.hpp"
#include "actors/net/link/handshaker.hpp"
#include "actors/net/link/hub.hpp"
#include "actors/net/link/outbox.hpp"
#include "actors/net/link/say.hpp"

#include <bitset>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
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
    MakeHello hello;                     ///< null once the hub is gone
    Sparse ignored;                      ///< what of newer peers was not understood
    /// Why a link whose peer stated `incarnation` may not come up; empty: it may.
    std::function<std::string(LinkId, std::uint64_t incarnation)> why_not;
    /// The connection ended; called once, from the loop, never from within a public call.
    std::function<void(LinkId, const std::string& why)> on_end;
  };

  /// `speaks_first`: says its Hello at once, not only after the peer's.
  Connection(asio::io_context& io, LinkId id, Established established, bool speaks_first,
             std::shared_ptr<Shared> shared);
  ~Connection();

  /// Begins to read.
  void start();
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
  /// Address and port of a peer that was accepted; empty for one that was dialled.
  const std::string& from() const { return from_; }
  /// The peer's Hello has come, its versions fit: on_up was called.
  bool up() const { return peer_hello_.has_value(); }
  /// Everything queued was taken by the kernel. O(streams).
  bool all_sent() const { return sent_ == sending_.size() && outbox_.empty(); }
  std::uint64_t peer_incarnation() const { return peer_hello_ ? peer_hello_->incarnation : 0; }

 private:
  void wait_read();
  void on_readable();
  void on_frame(const FrameHeader& header, std::span<const std::byte> payload);
  void on_message(std::span<const std::byte> payload);
  void on_hello(Hello hello);
  void say_hello();
  /// A message of a newer version: counted and, where it asked for an answer, refused.
  void ignore(std::span<const std::byte> payload, const std::string& what);
  /// One of ours is too large for any peer: it stays here, the link lives.
  void drop(const Message& message, std::size_t bytes);
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
  std::string from_;
  bool speaks_first_;
  std::shared_ptr<Shared> shared_;
  FrameSizes sizes_;
  Deframer deframer_;
  Outbox outbox_;
  CreditBook credit_;
  /// Body bytes by stream of every Dispatch that we have not answered yet.
  std::unordered_map<std::uint64_t, std::uint64_t> unanswered_;
  std::bitset<std::variant_size_v<Message>> drop_said_;  ///< by kind
  std::optional<Hello> peer_hello_;
  std::string sending_;  ///< bytes on their way into the socket
  std::size_t sent_ = 0;
  std::chrono::steady_clock::time_point began_, heard_, spoke_, close_by_;
  std::string close_reason_;
  bool hello_said_ = false;
  bool flush_posted_ = false;
  bool waiting_write_ = false;
  bool closing_ = false;      ///< nothing new is sent
  bool half_closed_ = false;  ///< everything was sent
  bool ended_ = false;
};

}  // namespace weir::net::link
