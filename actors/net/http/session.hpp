// One connection of the HTTP server: reads requests, one at a time, and writes their answers.
#pragma once

#include "actors/net/http/deadline.hpp"
#include "actors/net/http/request_parser.hpp"
#include "actors/net/http/server.hpp"
#include "actors/net/http/stream.hpp"
#include "actors/net/http/wire.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace weir::net::http {

class Session;

/// What all sessions of a server share.
struct ServerShared {
  asio::io_context& io;
  Limits limits;
  std::string common;  ///< rendered header lines
  Handler handler;
  ErrorBody error_body;
  OnHead on_head;     ///< may be absent
  BodyBudget bodies;  ///< of all requests that no handler has yet
  std::unordered_set<std::shared_ptr<Session>> sessions;
  std::vector<char> scratch;  ///< where every session reads to
  std::string head;           ///< where every session renders heads
  DateLine date;
  std::size_t exchanges = 0;
  bool draining = false;  ///< answers close their connections
};

/// The Exchange of one request; detached from its session once the exchange is over.
class RequestExchange final : public Exchange,
                              public std::enable_shared_from_this<RequestExchange> {
 public:
  RequestExchange(std::shared_ptr<ServerShared> shared, Session& session)
      : shared_{std::move(shared)}, session_{&session} {}
  ~RequestExchange() override;

  void respond(Response response) override;
  void begin(int status, Headers headers) override;
  std::size_t write(std::string_view bytes) override;
  void end() override;
  void abort() override;
  void on_sent(std::function<void(std::size_t bytes)> sent) override;
  void on_gone(std::function<void(bool slow)> gone) override;
  std::string peer() const override;

 private:
  friend class Session;
  enum class Fate { running, over, gone, gone_slow };
  /// The session lets go: calls are without effect from now on.
  void detach(Fate fate);
  void tell_gone();

  std::shared_ptr<ServerShared> shared_;
  Session* session_;
  Fate fate_ = Fate::running;
  std::function<void(std::size_t)> sent_;
  std::function<void(bool)> gone_;
};

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(std::shared_ptr<ServerShared> shared, Socket socket);

  void start(const std::optional<tls::Context>& context);
  /// Answers 503 at once, and closes. Plain connections only.
  void start_refusing();
  /// Closes now if nothing runs, else when the running exchange has ended.
  void drain();
  /// Closes at once; no callback of an exchange follows.
  void shut();

 private:
  friend class RequestExchange;
  enum class Phase { handshake, serving, lingering, closed };
  /// How the running answer's body is framed.
  enum class Body { none, unary, chunked, until_close, omitted };

  // reading
  void arm_read();
  void on_readable();
  void handshake();
  void read_some();
  void take(std::string_view bytes);
  void consume(std::string_view bytes);
  void after_feed(bool more_follows);
  void next();
  bool answer_early();
  void skipped();
  void dispatch();
  void open_exchange();
  void drain_lingering();
  void client_ended();
  void client_lost();
  bool accepts_request() const;
  TimePoint body_deadline() const;

  // answering, for the exchange
  void respond(const Response& response);
  void begin(int status, const Headers& headers);
  std::size_t write(std::string_view bytes);
  void end();
  void abort();
  void refuse(int status);
  void abandoned();
  void render_head(std::string& out, int status, const Headers& headers, std::size_t length);
  void finish();
  void delivered();

  // sending
  void send(std::span<const std::string_view> parts);
  void flush();
  void progress(std::size_t put);
  void report_sent();
  void sent_changed() { progress(1); }
  void want(Stream::Want next);
  std::size_t unsent() const { return out_.size() - out_sent_; }

  // ending
  void gone(bool slow);
  void linger();
  void close(bool reset = false);
  void on_deadline();
  void look_at_client(TimePoint time);
  bool takes_bytes(TimePoint time);
  Millis stall_look() const;
  void set_deadlines(TimePoint read, TimePoint write);

  std::shared_ptr<ServerShared> shared_;
  Stream stream_;
  Deadline deadline_;
  RequestParser parser_;
  RequestExchange* exchange_ = nullptr;
  Phase phase_ = Phase::serving;
  Body body_ = Body::none;
  bool keep_alive_ = false;
  bool http_1_0_ = false;
  bool head_only_ = false;  ///< the request was HEAD
  bool counted_ = false;    ///< this session's answer is one of shared_->exchanges
  bool ending_ = false;     ///< a rendered answer is being delivered
  bool in_head_ = false;    ///< the header deadline runs
  bool consuming_ = false;  ///< within consume(): next() is its loop's business
  bool read_armed_ = false;
  bool write_armed_ = false;
  bool read_stopped_ = false;  ///< look-ahead full, client's direction over, or refused
  bool client_ended_ = false;  ///< its direction is over, and everything it sent was read
  bool sent_posted_ = false;
  std::string in_;    ///< bytes behind the running request
  std::string out_;   ///< rendered bytes that the socket did not take
  std::string held_;  ///< begin()'s head, until the first write
  std::size_t out_sent_ = 0;
  std::size_t payload_ = 0;  ///< bytes of write() calls not yet reported to on_sent
  TimePoint read_deadline_ = never;
  TimePoint write_deadline_ = never;  ///< next look at a client that has bytes to take
  TimePoint linger_end_ = never;
  TimePoint body_began_ = never;
  TimePoint stalled_since_ = never;  ///< when bytes were acknowledged last, or began to wait
  std::uint64_t acknowledged_ = 0;   ///< as of the last look of takes_bytes()
  std::uint64_t ended_at_ = 0;       ///< bytes acknowledged when the client's end was noticed
};

}  // namespace weir::net::http
