#include "actors/net/http/session.hpp"

#include "actors/net/http/peer.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace weir::net::http {
namespace {

/// Bytes of following requests that are taken in while an answer is under way.
constexpr std::size_t lookahead_bytes_max = 64 * 1024;
/// Reads of one connection before the others have their turn.
constexpr int reads_per_turn = 4;
/// How long a closing connection waits for the client to close: in silence, and in all.
constexpr Millis linger_silence_max{2'000};
constexpr Millis linger_max{30'000};
/// How often a client is looked at whose bytes are not being read, and how long one that ended its
/// direction may wait for its answer.
constexpr Millis look_interval{50};
/// Looks within `write_stall` at a client that has bytes to take.
constexpr int looks_per_stall = 4;

}  // namespace

Session::Session(std::shared_ptr<ServerShared> shared, Socket socket)
    : shared_{std::move(shared)},
      stream_{std::move(socket)},
      deadline_{shared_->io},
      parser_{shared_->limits, &shared_->bodies} {}

void Session::start(const std::optional<tls::Context>& context) {
  stream_.connected();
  deadline_.bind(weak_from_this(), [this] { on_deadline(); });
  if (context) {
    stream_.secure(*context, true, "");
    phase_ = Phase::handshake;
    set_deadlines(now() + shared_->limits.header_deadline, never);
  } else {
    set_deadlines(now() + shared_->limits.idle_max, never);
  }
  arm_read();
}

void Session::start_refusing() {
  start(std::nullopt);
  refuse(503);
}

void Session::drain() {
  if (phase_ == Phase::handshake) return close();
  if (phase_ == Phase::serving && exchange_ == nullptr && unsent() == 0 &&
      parser_.state() == RequestParser::State::idle)
    linger();
}

void Session::shut() {
  if (exchange_ != nullptr) std::exchange(exchange_, nullptr)->detach(RequestExchange::Fate::over);
  close();
}

void Session::arm_read() {
  if (read_armed_ || read_stopped_ || phase_ == Phase::closed) return;
  read_armed_ = true;
  auto again = [self = shared_from_this()](std::error_code = {}) {
    self->read_armed_ = false;
    if (self->phase_ != Phase::closed) self->on_readable();
  };
  if (stream_.pending())
    asio::post(shared_->io, std::move(again));
  else
    stream_.wait_readable(std::move(again));
}

void Session::on_readable() {
  switch (phase_) {
    case Phase::handshake:
      return handshake();
    case Phase::serving:
      return read_some();
    case Phase::lingering:
      return drain_lingering();
    case Phase::closed:
      return;
  }
}

void Session::handshake() {
  switch (stream_.handshake()) {
    case Stream::Want::nothing:
      phase_ = Phase::serving;
      set_deadlines(now() + shared_->limits.idle_max, never);
      return arm_read();
    case Stream::Want::read:
      return arm_read();
    case Stream::Want::write:
      return want(Stream::Want::write);
    case Stream::Want::closed:
    case Stream::Want::failed:
      return close();
  }
}

void Session::read_some() {
  auto& scratch = shared_->scratch;
  for (int reads = 0; reads < reads_per_turn; ++reads) {
    std::size_t got = 0;
    const auto wants = stream_.read(scratch, got);
    if (wants == Stream::Want::closed) return client_ended();
    if (wants == Stream::Want::failed) return client_lost();
    if (wants != Stream::Want::nothing) {
      if (wants == Stream::Want::write) want(wants);
      break;
    }
    take({scratch.data(), got});
    if (phase_ != Phase::serving || read_stopped_) return;
    if (in_.size() >= lookahead_bytes_max) {
      read_stopped_ = true;
      return set_deadlines(now() + look_interval, write_deadline_);
    }
    if (got < scratch.size() && !stream_.pending()) break;
  }
  if (unsent() > 0 && !write_armed_) flush();  // TLS wanted to read before it wrote
  arm_read();
}

bool Session::accepts_request() const {
  return phase_ == Phase::serving && exchange_ == nullptr && unsent() == 0;
}

void Session::take(std::string_view bytes) {
  if (accepts_request() && in_.empty()) return consume(bytes);
  in_ += bytes;
}

void Session::consume(std::string_view bytes) {
  consuming_ = true;
  while (!bytes.empty() && accepts_request()) {
    bytes.remove_prefix(parser_.feed(bytes));
    after_feed(!bytes.empty());
  }
  consuming_ = false;
  if (phase_ != Phase::serving) return;
  in_ = bytes;
}

/// Acts on what the parser has come to.
void Session::after_feed(bool more_follows) {
  using State = RequestParser::State;
  switch (parser_.state()) {
    case State::idle:
      return;
    case State::head:
      if (!in_head_) set_deadlines(now() + shared_->limits.header_deadline, write_deadline_);
      in_head_ = true;
      return;
    case State::body:
      if (parser_.take_head()) {
        if (answer_early()) return;
        body_began_ = now();
      }
      if (!more_follows && parser_.take_expectation())
        send(std::array<std::string_view, 1>{"HTTP/1.1 100 Continue\r\n\r\n"});
      if (phase_ == Phase::serving) set_deadlines(body_deadline(), write_deadline_);
      return;
    case State::refused:
      return refuse(parser_.status());
    case State::complete:
      if (parser_.skipping()) return skipped();
      if (parser_.take_head() && answer_early()) return;
      return dispatch();
  }
}

/// Lets the head be judged before the body is read. returns whether the request was answered.
bool Session::answer_early() {
  if (!shared_->on_head) return false;
  const auto response = shared_->on_head(parser_.head());
  if (phase_ != Phase::serving) return true;  // it ended the server
  if (!response) return false;
  open_exchange();
  if (!parser_.skip_body()) {
    keep_alive_ = false;
    read_stopped_ = true;  // until linger() throws away what still comes
  } else if (parser_.state() == RequestParser::State::complete) {
    parser_.take();
  }
  respond(*response);
  return true;
}

/// The last byte of a request that was answered by its head.
void Session::skipped() {
  parser_.take();
  if (shared_->draining) return linger();
  set_deadlines(now() + shared_->limits.idle_max, write_deadline_);
}

void Session::dispatch() {
  open_exchange();
  auto request = parser_.take();
  auto exchange = std::make_shared<RequestExchange>(shared_, *this);
  exchange_ = exchange.get();
  shared_->handler(std::move(request), std::move(exchange));
}

/// From here on the parser's request is one that runs.
void Session::open_exchange() {
  in_head_ = false;
  http_1_0_ = parser_.framing().http_1_0;
  keep_alive_ = parser_.framing().keep_alive;
  head_only_ = parser_.head().method == "HEAD";
  counted_ = true;
  ++shared_->exchanges;
  if (client_ended_) ended_at_ = look_at(stream_.socket().native_handle()).acknowledged;
  set_deadlines(read_stopped_ ? now() + look_interval : never, write_deadline_);
}

/// The answer is with the client: goes on to the next request.
void Session::delivered() {
  if (counted_) --shared_->exchanges;
  counted_ = ending_ = false;
  payload_ = 0;
  if (!keep_alive_ || shared_->draining) return linger();
  if (parser_.skipping()) body_began_ = now();
  set_deadlines(parser_.skipping() ? body_deadline() : now() + shared_->limits.idle_max, never);
  next();
}

void Session::next() {
  if (consuming_) return;
  if (!in_.empty()) consume(std::exchange(in_, {}));
  if (phase_ != Phase::serving || in_.size() >= lookahead_bytes_max) return;
  if (client_ended_) {
    if (accepts_request()) linger();
    return;
  }
  read_stopped_ = false;
  arm_read();
}

/// FIN: the client left, or has only nothing more to say, which look the same until bytes are sent
/// to it: who left resets the connection, who listens acknowledges them. nginx
/// (proxy_ignore_client_abort off) and HAProxy (abortonclose) take every FIN for a client that
/// left; we do so where nothing is acknowledged within `look_interval`.
void Session::client_ended() {
  client_ended_ = read_stopped_ = true;
  if (exchange_ != nullptr) {
    ended_at_ = look_at(stream_.socket().native_handle()).acknowledged;
    return set_deadlines(now() + look_interval, write_deadline_);
  }
  if (unsent() == 0) close();
}

/// RST, or TLS that ended without its close_notify.
void Session::client_lost() {
  client_ended_ = read_stopped_ = true;
  if (exchange_ != nullptr) return gone(false);
  if (unsent() == 0) close();
}

/// A reset drops what the kernel still holds for a client that takes nothing, and makes a body
/// that ends with the connection look broken; elsewhere it could destroy an earlier answer.
void Session::gone(bool slow) {
  auto* exchange = std::exchange(exchange_, nullptr);
  close(slow || (body_ == Body::until_close && held_.empty()));
  if (exchange != nullptr)
    exchange->detach(slow ? RequestExchange::Fate::gone_slow : RequestExchange::Fate::gone);
}

/// Ends our direction and reads until the client ends its own: a close with unread bytes would
/// send a reset, which can overtake the answer.
void Session::linger() {
  if (phase_ == Phase::closed) return;
  phase_ = Phase::lingering;
  in_ = {};
  stream_.shutdown_send();
  if (client_ended_) return close();
  linger_end_ = now() + linger_max;
  set_deadlines(now() + linger_silence_max, never);
  read_stopped_ = false;
  arm_read();
}

void Session::drain_lingering() {
  for (int reads = 0; reads < reads_per_turn; ++reads) {
    std::size_t got = 0;
    const auto wants = stream_.read(shared_->scratch, got);
    if (wants == Stream::Want::read) break;
    if (wants != Stream::Want::nothing) return close();
    set_deadlines(std::min(now() + linger_silence_max, linger_end_), never);
  }
  arm_read();
}

void Session::close(bool reset) {
  if (phase_ == Phase::closed) return;
  phase_ = Phase::closed;
  if (counted_) --shared_->exchanges;
  counted_ = false;
  deadline_.stop();
  stream_.close(reset);
  in_ = out_ = held_ = {};
  out_sent_ = 0;
  shared_->sessions.erase(shared_from_this());
}

void Session::set_deadlines(TimePoint read, TimePoint write) {
  read_deadline_ = read;
  write_deadline_ = write;
  deadline_.set(std::min(read, write));
}

void Session::on_deadline() {
  const auto time = now();
  if (time >= write_deadline_ && !takes_bytes(time)) return gone(true);
  if (time < read_deadline_) return set_deadlines(read_deadline_, write_deadline_);
  set_deadlines(never, write_deadline_);
  if (phase_ == Phase::serving && read_stopped_ && (exchange_ != nullptr || unsent() > 0))
    return look_at_client(time);
  if (phase_ == Phase::serving && parser_.skipping()) return linger();
  if (phase_ == Phase::serving && parser_.state() != RequestParser::State::idle) return refuse(408);
  if (phase_ == Phase::serving) return linger();
  close();
}

/// Whether a client whose bytes are not being read is still there. An end that lies behind unread
/// bytes is no client's that waits for its answer.
void Session::look_at_client(TimePoint time) {
  const auto peer = look_at(stream_.socket().native_handle());
  if (peer.lost) return gone(false);
  const bool listens = client_ended_ && peer.acknowledged != ended_at_;
  if (peer.ended && exchange_ != nullptr && !listens) return gone(false);
  set_deadlines(time + look_interval, write_deadline_);
}

/// Whether the client has taken bytes within `write_stall`: what its kernel acknowledged counts,
/// not what ours takes from us.
bool Session::takes_bytes(TimePoint time) {
  const auto acknowledged = look_at(stream_.socket().native_handle()).acknowledged;
  if (std::exchange(acknowledged_, acknowledged) != acknowledged) stalled_since_ = time;
  write_deadline_ = time + stall_look();
  return time - stalled_since_ < shared_->limits.write_stall;
}

Millis Session::stall_look() const {
  return std::max(shared_->limits.write_stall / looks_per_stall, Millis{1});
}

TimePoint Session::body_deadline() const {
  const auto& limits = shared_->limits;
  const auto earned = std::chrono::milliseconds{parser_.body_received() * 1000 /
                                                std::max<std::size_t>(limits.body_rate_min, 1)};
  return std::min(now() + limits.body_stall, body_began_ + limits.body_grace + earned);
}

}  // namespace weir::net::http
