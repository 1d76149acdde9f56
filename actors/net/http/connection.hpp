// One connection of the HTTP client, and what all of them share: the calls that run, and the
// pools of connections that wait for one.
#pragma once

#include "actors/net/http/client.hpp"
#include "actors/net/http/deadline.hpp"
#include "actors/net/http/response_parser.hpp"
#include "actors/net/http/stream.hpp"

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace weir::net::http {

class Connection;

struct Call {
  CallId id = 0;
  Origin origin;
  std::string pool;  ///< "https://host:port"
  std::string head;  ///< rendered
  ClientRequest request;
  ClientAnswer answer;
  bool resent = false;
  bool paused = false;
  bool over = false;                       ///< ended or cancelled: no callback may follow
  bool discarded = false;                  ///< runs on for its connection; no callback may follow
  std::shared_ptr<Connection> connection;  ///< lives by this while its call is paused
};
using CallPtr = std::shared_ptr<Call>;

/// What the connections of one client share.
struct ClientShared : std::enable_shared_from_this<ClientShared> {
  ClientShared(asio::io_context& context, std::optional<tls::Context> tls_context,
               std::size_t idle_most);

  /// Runs `call` on a pooled connection, or on a fresh one.
  void dispatch(const CallPtr& call);
  void dispatch_fresh(const CallPtr& call);
  /// Ends `call`: on_end, unless it was cancelled.
  void end(const CallPtr& call, Result<Done> how);
  /// The same, from the event loop.
  void end_later(const CallPtr& call, Error error);
  void release(const std::shared_ptr<Connection>& connection);
  void forget(const Connection* connection);

  asio::io_context& io;
  std::optional<tls::Context> tls;
  std::size_t idle_max;
  CallId last_call = 0;
  std::unordered_map<CallId, CallPtr> calls;
  std::unordered_map<std::string, std::vector<std::shared_ptr<Connection>>> pools;
  std::vector<char> scratch;  ///< where every connection reads to
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(const std::shared_ptr<ClientShared>& client, std::string pool);

  const std::string& pool() const { return pool_; }
  /// Connects, then runs `call`.
  void open(const CallPtr& call);
  /// Runs `call` on this pooled connection.
  void reuse(const CallPtr& call);
  /// Whether a pooled connection is still silent and open.
  bool usable();
  /// `call` was paused or resumed.
  void pause_changed();
  /// The call's answer is of no use any more. returns whether its rest will be read.
  bool discard();
  void close();

 private:
  enum class Phase { connecting, handshake, busy, idle, closed };

  void connect(const std::string& host, std::uint16_t port);
  void on_connected(std::error_code failed);
  void handshake();
  void begin();
  void send_some();
  void wait_write();
  void arm_read();
  void on_readable();
  void read_some();
  bool deliver(std::string_view bytes);
  void peer_ended(bool orderly);
  void finish(bool reusable);
  void fail(Error error);
  void on_deadline();
  void set_answer_deadline();
  bool runs(const CallPtr& call) const { return call_ == call && !call->over; }
  std::size_t request_size() const { return call_->head.size() + call_->request.body.size(); }

  std::weak_ptr<ClientShared> client_;
  asio::io_context& io_;
  std::string pool_;
  Stream stream_;
  asio::ip::basic_resolver<asio::ip::tcp, Executor> resolver_;
  Deadline deadline_;
  ResponseParser parser_;
  CallPtr call_;
  Phase phase_ = Phase::connecting;
  std::size_t sent_ = 0;       ///< of head and body together
  bool reused_ = false;        ///< this connection has carried an answer before
  bool answer_begun_ = false;  ///< a byte of the current answer came
  bool body_begun_ = false;    ///< a byte of its body came
  bool head_told_ = false;
  bool send_broken_ = false;  ///< the server stopped taking the request; it may have answered
  bool read_armed_ = false;
  bool write_armed_ = false;
  TimePoint waiting_since_{};       ///< the request has left, the body is awaited
  std::size_t discarded_left_ = 0;  ///< bytes of a discarded answer that may still come
};

}  // namespace weir::net::http
