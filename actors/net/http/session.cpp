#include "actors/net/http/session.hpp"

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
/// How often a client is looked at whose bytes are not being read.
constexpr Millis look_interval{500};

}  // namespace

Session::Session(std::shared_ptr<ServerShared> shared, Socket socket)
    : shared_{std::move(shared)},
      stream_{std::move(socket)},
      deadline_{shared_->io},
      parser_{shared_->limits} {}

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
    if (wants == Stream::Want::closed || wants == Stream::Want::failed) return client_closed();
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
      if (!more_follows && parser_.take_expectation())
        send(std::array<std::string_view, 1>{"HTTP/1.1 100 Continue\r\n\r\n"});
      if (phase_ == Phase::serving)
        set_deadlines(now() + shared_->limits.body_stall, write_deadline_);
      return;
    case State::refused:
      return refuse(parser_.status());
    case State::complete:
      return dispatch();
  }
}

void Session::dispatch() {
  in_head_ = false;
  http_1_0_ = parser_.framing().http_1_0;
  keep_alive_ = parser_.framing().keep_alive;
  auto request = parser_.take();
  head_only_ = request.method == "HEAD";
  auto exchange = std::make_shared<RequestExchange>(shared_, *this);
  exchange_ = exchange.get();
  counted_ = true;
  ++shared_->exchanges;
  set_deadlines(read_stopped_ ? now() + look_interval : never, write_deadline_);
  shared_->handler(std::move(request), std::move(exchange));
}

/// The answer is with the client: goes on to the next request.
void Session::delivered() {
  if (counted_) --shared_->exchanges;
  counted_ = ending_ = false;
  payload_ = 0;
  if (!keep_alive_ || shared_->draining || client_ended_) return linger();
  set_deadlines(now() + shared_->limits.idle_max, never);
  next();
}

void Session::next() {
  if (consuming_) return;
  if (!in_.empty()) consume(std::exchange(in_, {}));
  if (phase_ != Phase::serving || client_ended_ || in_.size() >= lookahead_bytes_max) return;
  read_stopped_ = false;
  arm_read();
}

/// FIN or RST; a client that closed its direction counts as gone.
void Session::client_closed() {
  client_ended_ = read_stopped_ = true;
  if (exchange_ != nullptr) return gone(false);
  if (unsent() == 0) close();
}

void Session::gone(bool slow) {
  auto* exchange = std::exchange(exchange_, nullptr);
  close(true);
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
  if (time >= write_deadline_) return gone(true);
  if (time < read_deadline_) return set_deadlines(read_deadline_, write_deadline_);
  if (phase_ == Phase::serving && read_stopped_ && (exchange_ != nullptr || unsent() > 0)) {
    if (stream_.peer_closed()) return client_closed();
    return set_deadlines(time + look_interval, write_deadline_);
  }
  if (phase_ == Phase::serving && parser_.state() != RequestParser::State::idle) return refuse(408);
  if (phase_ == Phase::serving) return linger();
  close();
}

}  // namespace weir::net::http
