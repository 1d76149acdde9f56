#include "actors/net/http/connection.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace weir::net::http {
namespace {

/// Reads of one connection before the others have their turn.
constexpr int reads_per_turn = 4;
/// A pooled connection that nobody used for so long is closed; below common servers' limits.
constexpr Millis pooled_max{55'000};
/// What a discarded answer may cost to save its connection.
constexpr std::size_t discarded_bytes_max = 64 * 1024;
constexpr Millis discarded_max{200};

}  // namespace

Connection::Connection(const std::shared_ptr<ClientShared>& client, std::string pool)
    : client_{client},
      io_{client->io},
      pool_{std::move(pool)},
      stream_{Socket{client->io}},
      resolver_{client->io},
      deadline_{client->io} {}

void Connection::open(const CallPtr& call) {
  call_ = call;
  deadline_.bind(weak_from_this(), [this] { on_deadline(); });
  deadline_.set(now() + call->request.connect_max);
  connect(call->origin.host, call->origin.port);
}

void Connection::connect(const std::string& host, std::uint16_t port) {
  auto connected = [self = shared_from_this()](std::error_code failed) {
    self->on_connected(failed);
  };
  std::error_code not_literal;
  const auto address = asio::ip::make_address(host, not_literal);
  if (!not_literal) return stream_.socket().async_connect({address, port}, std::move(connected));
  resolver_.async_resolve(
      host, std::to_string(port), asio::ip::resolver_base::numeric_service,
      [self = shared_from_this(), connected](std::error_code failed, const auto& found) {
        if (self->phase_ == Phase::closed) return;
        if (failed) return self->on_connected(failed);
        asio::async_connect(self->stream_.socket(), found,
                            [connected](std::error_code ec, const auto&) { connected(ec); });
      });
}

void Connection::on_connected(std::error_code failed) {
  if (phase_ == Phase::closed) return;
  if (failed) return fail({Code::unreachable, "cannot connect: " + failed.message()});
  std::error_code ignored;
  stream_.socket().set_option(asio::ip::tcp::no_delay{true}, ignored);
  stream_.connected();
  if (!call_->origin.https) return begin();
  const auto client = client_.lock();
  if (!client) return close();
  stream_.secure(*client->tls, false, call_->origin.host);
  phase_ = Phase::handshake;
  handshake();
}

void Connection::handshake() {
  switch (stream_.handshake()) {
    case Stream::Want::nothing:
      return begin();
    case Stream::Want::read:
      return arm_read();
    case Stream::Want::write:
      return wait_write();
    case Stream::Want::closed:
    case Stream::Want::failed:
      return fail({Code::unreachable, "the TLS handshake failed"});
  }
}

void Connection::reuse(const CallPtr& call) {
  call_ = call;
  reused_ = true;
  begin();
}

/// Sends the request; its answer may come before its end was sent.
void Connection::begin() {
  phase_ = Phase::busy;
  sent_ = 0;
  answer_begun_ = body_begun_ = head_told_ = send_broken_ = false;
  parser_.reset(call_->request.method == "HEAD");
  call_->connection = shared_from_this();
  deadline_.set(now() + call_->request.stall_max);
  if (!call_->paused) arm_read();
  send_some();
}

void Connection::send_some() {
  const std::string_view head = call_->head;
  const std::string_view body = call_->request.body;
  while (sent_ < request_size()) {
    std::array<std::string_view, 2> parts{head, body};
    if (sent_ < head.size())
      parts[0].remove_prefix(sent_);
    else
      parts = {body.substr(sent_ - head.size()), {}};
    std::size_t put = 0;
    const std::size_t count = parts[1].empty() ? 1 : 2;
    const auto wants = stream_.write(std::span{parts}.first(count), put);
    if (wants == Stream::Want::write) return wait_write();
    if (wants == Stream::Want::read) return;  // goes on when bytes were read
    if (wants != Stream::Want::nothing) {
      send_broken_ = true;  // the answer, or the end, is there to be read
      waiting_since_ = now();
      return arm_read();
    }
    sent_ += put;
    if (!answer_begun_) deadline_.set(now() + call_->request.stall_max);
  }
  waiting_since_ = now();
  set_answer_deadline();
}

void Connection::wait_write() {
  if (write_armed_) return;
  write_armed_ = true;
  stream_.wait_writable([self = shared_from_this()](std::error_code) {
    self->write_armed_ = false;
    if (self->phase_ == Phase::handshake) return self->handshake();
    if (self->phase_ == Phase::busy && !self->send_broken_) self->send_some();
  });
}

void Connection::set_answer_deadline() {
  if (call_->discarded) return;  // its one deadline stands
  if (call_->paused) return deadline_.set(never);
  const auto& request = call_->request;
  deadline_.set(body_begun_ ? now() + request.stall_max : waiting_since_ + request.first_byte_max);
}

void Connection::arm_read() {
  if (read_armed_ || phase_ == Phase::closed) return;
  read_armed_ = true;
  auto again = [self = shared_from_this()](std::error_code = {}) {
    self->read_armed_ = false;
    self->on_readable();
  };
  if (stream_.pending())
    asio::post(io_, std::move(again));
  else
    stream_.wait_readable(std::move(again));
}

void Connection::on_readable() {
  switch (phase_) {
    case Phase::handshake:
      return handshake();
    case Phase::busy:
      return call_->paused ? void() : read_some();
    case Phase::idle:
      // Nothing is due: what comes is a close, or bytes that no later call may take for its own.
      return usable() ? arm_read() : close();
    case Phase::connecting:
    case Phase::closed:
      return;
  }
}

bool Connection::usable() {
  const auto client = client_.lock();
  std::size_t got = 0;
  return client && phase_ == Phase::idle &&
         stream_.read(client->scratch, got) == Stream::Want::read;
}

void Connection::read_some() {
  const auto client = client_.lock();
  if (!client) return close();
  for (int reads = 0; reads < reads_per_turn; ++reads) {
    std::size_t got = 0;
    const auto wants = stream_.read(client->scratch, got);
    if (wants == Stream::Want::closed) return peer_ended(true);
    if (wants == Stream::Want::failed) return peer_ended(false);
    if (wants != Stream::Want::nothing) {
      if (wants == Stream::Want::write) wait_write();
      break;
    }
    if (!deliver({client->scratch.data(), got})) return;
    if (got < client->scratch.size() && !stream_.pending()) break;
  }
  arm_read();
  // TLS may have wanted to read before it wrote on.
  if (sent_ < request_size() && !write_armed_ && !send_broken_) send_some();
}

/// Hands on what `bytes` hold. returns whether to read on.
bool Connection::deliver(std::string_view bytes) {
  const auto call = call_;  // callbacks may cancel it
  std::size_t used = 0;
  answer_begun_ = true;
  if (!parser_.feed(bytes, used)) {
    fail({Code::upstream_failed, "the answer is malformed"});
    return false;
  }
  if (call->discarded && bytes.size() > discarded_left_) {
    fail({Code::upstream_failed, "a discarded answer is too long"});
    return false;
  }
  discarded_left_ -= std::min(discarded_left_, bytes.size());
  if (parser_.head_complete() && !head_told_) {
    head_told_ = true;
    if (call->answer.on_head) call->answer.on_head(parser_.status(), parser_.headers());
    if (!runs(call)) return false;
  }
  if (const auto body = parser_.body(); !body.empty()) {
    body_begun_ = true;
    if (call->answer.on_bytes && !call->discarded)
      call->answer.on_bytes(std::as_bytes(std::span{body}));
    if (!runs(call)) return false;
  }
  if (parser_.complete()) {
    finish(parser_.keep_alive() && used == bytes.size() && sent_ == request_size() &&
           !stream_.pending());
    return false;
  }
  if (sent_ == request_size() || send_broken_) set_answer_deadline();
  return !call->paused;
}

void Connection::peer_ended(bool orderly) {
  if (orderly && parser_.end_of_stream()) return finish(false);
  const auto client = client_.lock();
  if (client && reused_ && !answer_begun_ && !call_->resent && !call_->request.once) {
    const auto call = call_;
    call->resent = true;
    close();
    return client->dispatch_fresh(call);
  }
  fail({Code::upstream_failed, answer_begun_ ? "the connection broke within the answer"
                                             : "the connection broke before the answer"});
}

void Connection::finish(bool reusable) {
  const auto client = client_.lock();
  const auto self = shared_from_this();
  const auto call = std::exchange(call_, nullptr);
  if (reusable && client) {
    phase_ = Phase::idle;
    deadline_.set(now() + pooled_max);
    client->release(self);
    if (phase_ == Phase::idle) arm_read();
  } else {
    close();
  }
  if (client) client->end(call, Done{});
}

void Connection::fail(Error error) {
  const auto client = client_.lock();
  const auto call = std::exchange(call_, nullptr);
  close();
  if (client && call) client->end(call, std::move(error));
}

void Connection::pause_changed() {
  if (phase_ != Phase::busy) return;
  waiting_since_ = now();  // a pause is not held against the server
  if (sent_ == request_size()) set_answer_deadline();
  if (!call_->paused) arm_read();
}

bool Connection::discard() {
  // An answer that has not begun says nothing about how long it will take.
  if (phase_ != Phase::busy || !head_told_ || call_->paused) return false;
  discarded_left_ = discarded_bytes_max;
  deadline_.set(now() + discarded_max);
  return true;
}

void Connection::close() {
  if (phase_ == Phase::closed) return;
  const auto self = shared_from_this();
  const bool pooled = phase_ == Phase::idle;
  phase_ = Phase::closed;
  deadline_.stop();
  resolver_.cancel();
  stream_.close();
  if (call_) call_->connection.reset();
  call_.reset();
  if (!pooled) return;
  if (const auto client = client_.lock()) client->forget(this);
}

void Connection::on_deadline() {
  switch (phase_) {
    case Phase::connecting:
    case Phase::handshake:
      return fail({Code::timed_out, "no connection within its limit"});
    case Phase::busy:
      return fail(
          {Code::timed_out, body_begun_ ? "the answer stalled" : "no answer within its limit"});
    case Phase::idle:
      return close();
    case Phase::closed:
      return;
  }
}

}  // namespace weir::net::http
