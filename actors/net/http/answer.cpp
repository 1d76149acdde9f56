// The session's way out: rendering answers, writing them, and how they end.
#include "actors/net/http/session.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace weir::net::http {
namespace {

/// A buffer that grew beyond this for one answer is given back afterwards.
constexpr std::size_t kept_buffer_max = 16 * 1024;
/// Times `buffered_bytes_max` that a caller may exceed it by before its client counts as slow.
constexpr std::size_t overrun_max = 4;
/// When to come again to a server that is full, where its user does not say.
constexpr std::string_view retry_after_seconds = "1";

bool bodyless(int status) { return status == 204 || status == 304; }

}  // namespace

void Session::render_head(std::string& out, int status, const Headers& headers,
                          std::size_t length) {
  if (shared_->draining) keep_alive_ = false;
  if (body_ == Body::until_close) keep_alive_ = false;
  out = "HTTP/1.1 ";
  append_number(out, static_cast<std::size_t>(std::clamp(status, 200, 599)));
  out += ' ';
  out += reason_phrase(status);
  out += "\r\n";
  out += shared_->common;
  out += shared_->date.now();
  append_headers(out, headers);
  if (body_ == Body::chunked) {
    out += "transfer-encoding: chunked\r\n";
  } else if (body_ == Body::unary && !bodyless(status)) {
    out += "content-length: ";
    append_number(out, length);
    out += "\r\n";
  }
  if (!keep_alive_)
    out += "connection: close\r\n";
  else if (http_1_0_)
    out += "connection: keep-alive\r\n";
  out += "\r\n";
}

void Session::respond(const Response& response) {
  if (body_ != Body::none) return;
  body_ = Body::unary;
  auto& head = shared_->head;
  render_head(head, response.status, response.headers, response.body.size());
  const bool bare = head_only_ || bodyless(response.status);
  send(std::array<std::string_view, 2>{head, bare ? std::string_view{} : response.body});
  finish();
}

void Session::begin(int status, const Headers& headers) {
  if (body_ != Body::none) return;
  body_ = bodyless(status) ? Body::omitted : http_1_0_ ? Body::until_close : Body::chunked;
  render_head(held_, status, headers, 0);
  if (head_only_) body_ = Body::omitted;
}

std::size_t Session::write(std::string_view bytes) {
  if (body_ == Body::none || body_ == Body::unary) return unsent();
  if (unsent() > overrun_max * shared_->limits.buffered_bytes_max) {
    gone(true);
    return 0;
  }
  const std::string head = std::exchange(held_, {});
  if (body_ == Body::omitted || bytes.empty()) {
    send(std::array<std::string_view, 1>{head});
    return unsent();
  }
  payload_ += bytes.size();
  if (body_ == Body::until_close) {
    send(std::array<std::string_view, 2>{head, bytes});
  } else {
    std::array<char, 20> size{};
    auto* end = std::to_chars(size.data(), size.data() + 16, bytes.size(), 16).ptr;
    *end++ = '\r';
    *end++ = '\n';
    send(std::array<std::string_view, 4>{
        head, std::string_view{size.data(), static_cast<std::size_t>(end - size.data())}, bytes,
        "\r\n"});
  }
  return unsent();
}

void Session::end() {
  if (body_ == Body::none || body_ == Body::unary) return;
  const std::string head = std::exchange(held_, {});
  send(std::array<std::string_view, 2>{head, body_ == Body::chunked ? "0\r\n\r\n" : ""});
  finish();
}

/// A chunked body without its last chunk is broken by itself, so what was written may still
/// reach the client; a body that ends with the connection needs a reset to look broken.
void Session::abort() {
  const bool flushes = body_ == Body::chunked && held_.empty();
  held_ = {};
  keep_alive_ = false;
  if (flushes) return finish();
  std::exchange(exchange_, nullptr)->detach(RequestExchange::Fate::over);
  close(true);
}

/// An error that the server answers by itself; the connection ends with it.
void Session::refuse(int status) {
  auto response = shared_->error_body(status, parser_.path());
  if (status == 503 && !find(response.headers, "retry-after"))
    response.headers.push_back({"retry-after", std::string{retry_after_seconds}});
  keep_alive_ = http_1_0_ = false;
  if (!counted_) head_only_ = parser_.head().method == "HEAD";
  body_ = Body::unary;
  read_stopped_ = true;  // until linger() throws away what still comes
  render_head(shared_->head, status, response.headers, response.body.size());
  send(std::array<std::string_view, 2>{shared_->head, head_only_ ? "" : response.body});
  finish();
}

/// All copies of the exchange were dropped before it ended.
void Session::abandoned() {
  exchange_ = nullptr;
  if (body_ == Body::none) return refuse(500);
  keep_alive_ = false;
  held_ = {};
  if (body_ == Body::chunked) return finish();
  close(true);
}

/// The answer is rendered in full; it is over once the socket has taken it.
void Session::finish() {
  body_ = Body::none;
  if (exchange_ != nullptr) std::exchange(exchange_, nullptr)->detach(RequestExchange::Fate::over);
  if (phase_ != Phase::serving) return;
  ending_ = true;
  if (unsent() == 0) delivered();
}

void Session::send(std::span<const std::string_view> parts) {
  if (phase_ != Phase::serving) return;
  std::size_t put = 0;
  auto wants = Stream::Want::write;
  if (unsent() == 0) {
    wants = stream_.write(parts, put);
    if (wants == Stream::Want::closed || wants == Stream::Want::failed) return gone(false);
  }
  if (out_sent_ > kept_buffer_max && out_sent_ > unsent()) {
    out_.erase(0, out_sent_);
    out_sent_ = 0;
  }
  std::size_t skip = put;
  for (const auto part : parts) {
    const auto n = std::min(skip, part.size());
    out_ += part.substr(n);
    skip -= n;
  }
  if (unsent() == 0) return progress(put);
  if (write_deadline_ == never) {
    stalled_since_ = now();
    set_deadlines(read_deadline_, stalled_since_ + stall_look());
  }
  if (put > 0) progress(put);
  want(wants == Stream::Want::nothing ? Stream::Want::write : wants);
}

void Session::flush() {
  while (unsent() > 0) {
    std::size_t put = 0;
    const auto rest = std::string_view{out_}.substr(out_sent_);
    const auto wants = stream_.write(std::array<std::string_view, 1>{rest}, put);
    if (wants == Stream::Want::closed || wants == Stream::Want::failed) return gone(false);
    if (wants != Stream::Want::nothing) return want(wants);
    out_sent_ += put;
    progress(put);
  }
  out_.clear();
  out_sent_ = 0;
  if (out_.capacity() > kept_buffer_max) out_ = {};
  set_deadlines(read_deadline_, never);
  if (ending_) return delivered();
  if (exchange_ == nullptr) next();  // "100 Continue" is out
}

/// Waits for the socket; a call that wants to read goes on when bytes were read.
void Session::want(Stream::Want next_want) {
  if (next_want == Stream::Want::read) return arm_read();
  if (write_armed_ || phase_ == Phase::closed) return;
  write_armed_ = true;
  stream_.wait_writable([self = shared_from_this()](std::error_code) {
    self->write_armed_ = false;
    if (self->phase_ == Phase::handshake) return self->handshake();
    if (self->phase_ == Phase::serving) self->flush();
  });
}

/// `put` bytes left: tells the exchange, once per turn of the loop however many writes there were.
void Session::progress(std::size_t put) {
  if (put == 0 || payload_ == 0 || sent_posted_ || exchange_ == nullptr || !exchange_->sent_)
    return;
  sent_posted_ = true;
  asio::post(shared_->io, [self = shared_from_this()] { self->report_sent(); });
}

/// What is still unsent counts as payload in full: never more is reported than has left.
void Session::report_sent() {
  sent_posted_ = false;
  if (exchange_ == nullptr || payload_ <= unsent()) return;
  const auto bytes = payload_ - unsent();
  payload_ -= bytes;
  if (!exchange_->sent_) return;
  const auto alive = exchange_->shared_from_this();
  const auto sent = alive->sent_;  // the call may replace it
  sent(bytes);
}

}  // namespace weir::net::http
