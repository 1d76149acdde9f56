#include "actors/net/link/connection.hpp"

#include "actors/telemetry/log.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <algorithm>
#include <array>
#include <type_traits>
#include <utility>

namespace weir::net::link {

using Clock = std::chrono::steady_clock;
using asio::ip::tcp;

namespace {

/// Bytes handed to one TLS write: a whole record.
constexpr std::size_t record_bytes = 16 * 1024;
/// Bytes read or written in one turn of the loop before others have theirs.
constexpr std::size_t turn_bytes = 256 * 1024;
/// What an idle link may keep of its write buffer.
constexpr std::size_t kept_bytes_max = 2 * 1024;
/// How long a link that is being closed may take to send what is queued.
constexpr Millis close_max{1'000};

void tune(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const unsigned user_timeout_ms = 5'000;
  ::setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout_ms, sizeof user_timeout_ms);
  // Unsent bytes the kernel takes: a message written now waits behind these at most (hub.hpp).
  const int low_water = 16 * 1024;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &low_water, sizeof low_water);
}

const AttemptId* attempt_of_message(const Message& message) {
  return std::visit(
      [](const auto& m) -> const AttemptId* {
        if constexpr (requires { m.attempt; })
          return &m.attempt;
        else
          return nullptr;
      },
      message);
}

template <class M, class... Kinds>
constexpr bool one_of = (std::is_same_v<M, Kinds> || ...);

/// Whether a peer of this role may say this: an agent that dispatches, or a coordinator that
/// reports capacity, is broken or worse.
bool may_say(const std::string& role, const Message& message) {
  return std::visit(
      [&]<class M>(const M&) {
        if constexpr (one_of<M, Dispatch, Cancel, Resume, Bid, Drain, GuardKey>)
          return role == "coordinator";
        else if constexpr (one_of<M, Inventory, CapacityReport, Accept, Refuse, Begin, Finish,
                                  Offer>)
          return role == "agent";
        else
          return true;
      },
      message);
}

/// In the order of Message's alternatives.
constexpr std::array<const char*, std::variant_size_v<Message>> kind_names{
    "Hello", "Inventory", "CapacityReport", "Dispatch", "Accept",  "Refuse",
    "Begin", "Credit",    "Cancel",         "Resume",   "Finish",  "Offer",
    "Bid",   "Grant",     "Drain",          "Ping",     "GuardKey"};

}  // namespace

Connection::Connection(asio::io_context& io, LinkId id, Established established, bool speaks_first,
                       std::shared_ptr<Shared> shared)
    : io_{io},
      id_{id},
      socket_{io},
      session_{std::move(established.session)},
      peer_{std::move(established.peer)},
      from_{std::move(established.from)},
      speaks_first_{speaks_first},
      shared_{std::move(shared)},
      sizes_{shared_->limits.message_bytes_max, shared_->limits.frame_bytes_max},
      deframer_{sizes_},
      outbox_{sizes_},
      credit_{{shared_->limits.stream_credit_bytes, shared_->limits.link_credit_bytes,
               shared_->limits.process_credit_bytes},
              shared_->credit,
              [this](StreamId stream, std::uint32_t bytes) {
                send(Credit{stream, bytes});
              }},
      began_{Clock::now()},
      heard_{began_},
      spoke_{began_} {
  tune(established.socket.get());
  asio::error_code ec;
  socket_.assign(established.ipv6 ? tcp::v6() : tcp::v4(), established.socket.get(), ec);
  if (!ec) established.socket.release();
}

Connection::~Connection() = default;

void Connection::start() {
  if (!socket_.is_open()) return end("the loop cannot watch the socket");
  if (speaks_first_) say_hello();
  // TLS may hold bytes that were read along with the handshake's end.
  asio::post(io_, [self = shared_from_this()] { self->on_readable(); });
}

void Connection::wait_read() {
  socket_.async_wait(tcp::socket::wait_read,
                     [self = shared_from_this()](const asio::error_code& e) {
                       if (!e) self->on_readable();
                     });
}

void Connection::on_readable() {
  if (ended_) return;
  // Handlers of frames never read: nobody else uses the shared buffer before we return.
  const std::span buffer{shared_->read_buffer};
  for (std::size_t turn = 0; turn < turn_bytes;) {
    std::size_t got = 0;
    const auto want = session_->read(buffer, got);
    if (want == tls::Want::read) return wait_read();
    if (want == tls::Want::closed) return end(closing_ ? close_reason_ : "closed by the peer");
    if (want != tls::Want::nothing)
      return end(closing_ ? close_reason_ : "TLS: " + session_->failure());
    turn += got;
    heard_ = Clock::now();
    shared_->stats.bytes_in += got;
    const auto well = deframer_.feed(
        buffer.first(got), [this](const FrameHeader& header, std::span<const std::byte> payload) {
          ++shared_->stats.frames_in;
          on_frame(header, payload);
          return !ended_;
        });
    if (!well) broken(well.error().detail);
    if (ended_) return;
  }
  asio::post(io_, [self = shared_from_this()] { self->on_readable(); });
}

void Connection::broken(const std::string& what) {
  ++shared_->stats.protocol_errors;
  end("protocol error: " + what);
}

void Connection::on_frame(const FrameHeader& header, std::span<const std::byte> payload) {
  if (header.type == codec::FrameType::message) return on_message(payload);
  if (!up()) return broken("data before hello");
  const auto kind =
      header.type == codec::FrameType::body ? ports::DataKind::body : ports::DataKind::chunk;
  const StreamId stream{header.stream};
  const auto bytes = payload.subspan(offset_bytes);
  switch (credit_.arrived(stream, kind, get_u64(payload.data()), bytes.size())) {
    case CreditBook::Verdict::take:
      if (shared_->events != nullptr) shared_->events->on_data(id_, stream, kind, bytes);
      return;
    case CreditBook::Verdict::stale:
      ++shared_->stats.stale_frames;
      return;
    case CreditBook::Verdict::broken:
      return broken("data out of order or beyond its credit");
  }
}

void Connection::on_message(std::span<const std::byte> payload) {
  auto message = codec::decode(payload);
  if (!message) {
    if (message.error().code == Code::not_supported) return ignore(payload, message.error().detail);
    return broken(message.error().detail);
  }
  if (auto* hello = std::get_if<Hello>(&*message)) return on_hello(std::move(*hello));
  if (!up()) return broken("a message before hello");
  if (!may_say(peer_.role, *message)) return broken("a message that its role may not send");
  if (const auto* ping = std::get_if<Ping>(&*message)) {
    if (!ping->reply) send(Ping{ping->nonce, true});
    return;
  }
  if (const auto* credit = std::get_if<Credit>(&*message)) {
    outbox_.credit(credit->stream, credit->bytes);
    return schedule_flush();
  }
  if (!after_receiving(*message)) return broken("too many streams");
  if (shared_->events != nullptr) shared_->events->on_message(id_, std::move(*message));
}

void Connection::on_hello(Hello hello) {
  if (up()) return broken("a second hello");
  if (hello.version_min > protocol_max || hello.version_max < protocol_min)
    return end("the peer speaks protocol " + std::to_string(hello.version_min) + ".." +
               std::to_string(hello.version_max) + ", we speak " + std::to_string(protocol_min) +
               ".." + std::to_string(protocol_max));
  if (const auto why = shared_->why_not(id_, hello.incarnation); !why.empty()) return end(why);
  hello.software = printable(hello.software);
  peer_hello_ = std::move(hello);
  say_hello();
  ++shared_->stats.links_up;
  if (shared_->events != nullptr) shared_->events->on_up(id_, peer_, *peer_hello_);
}

void Connection::say_hello() {
  if (!shared_->hello || std::exchange(hello_said_, true)) return;
  send(shared_->hello());
}

void Connection::ignore(std::span<const std::byte> payload, const std::string& what) {
  ++shared_->stats.ignored_messages;
  if (const auto times = shared_->ignored.due(what); times > 0)
    spdlog::warn("message ignored link={} peer={} what=\"{}\" times={}", id_.value, peer_.name,
                 what, times);
  if (!up() || peer_.role != "coordinator") return;
  if (const auto attempt = codec::dispatched_attempt(payload))
    send(Refuse{*attempt, RefusalReason::not_accepted, {}});
}

void Connection::drop(const Message& message, std::size_t bytes) {
  ++shared_->stats.dropped_messages;
  const auto kind = message.index();
  if (drop_said_[kind]) return;
  drop_said_[kind] = true;
  spdlog::error("message too large, not sent link={} peer={} kind={} bytes={} bytes_max={}",
                id_.value, peer_.name, kind_names[kind], bytes, sizes_.message_bytes_max);
}

void Connection::before_sending(Message& message) {
  if (auto* dispatch = std::get_if<Dispatch>(&message)) {
    dispatch->credit_bytes = credit_.open(dispatch->attempt.stream(), ports::DataKind::chunk);
  } else if (auto* resume = std::get_if<Resume>(&message)) {
    resume->credit_bytes = credit_.open(resume->attempt.stream(), ports::DataKind::chunk,
                                        CreditBook::open_ended, resume->offset);
  } else if (auto* accept = std::get_if<Accept>(&message)) {
    const auto asked = unanswered_.extract(accept->attempt.stream().value);
    accept->credit_bytes = credit_.open(accept->attempt.stream(), ports::DataKind::body,
                                        asked ? asked.mapped() : CreditBook::open_ended);
  } else if (const auto* refuse = std::get_if<Refuse>(&message)) {
    // An attempt that was accepted runs on: what is refused is a repetition of its Dispatch.
    const auto stream = refuse->attempt.stream();
    if (unanswered_.count(stream.value) != 0) forget(stream);
  } else if (const auto* finish = std::get_if<Finish>(&message)) {
    unanswered_.erase(finish->attempt.stream().value);
  }
}

bool Connection::after_receiving(const Message& message) {
  if (const auto* dispatch = std::get_if<Dispatch>(&message)) {
    const auto stream = dispatch->attempt.stream();
    if (!outbox_.has(stream)) unanswered_[stream.value] = dispatch->body_bytes;
    return outbox_.open(stream, ports::DataKind::chunk, dispatch->credit_bytes);
  }
  if (const auto* resume = std::get_if<Resume>(&message))
    return outbox_.open(resume->attempt.stream(), ports::DataKind::chunk, resume->credit_bytes,
                        resume->offset);
  if (const auto* accept = std::get_if<Accept>(&message)) {
    // Only what we dispatched, and have not forgotten, can be accepted.
    const auto stream = accept->attempt.stream();
    return !credit_.has(stream) ||
           outbox_.open(stream, ports::DataKind::body, accept->credit_bytes);
  }
  if (const auto* refuse = std::get_if<Refuse>(&message)) {
    const auto stream = refuse->attempt.stream();
    if (!outbox_.has(stream)) forget(stream);  // one that was accepted runs on
  }
  return true;
}

void Connection::send(Message message) {
  if (ended_ || closing_) return;
  before_sending(message);
  const bool finish = std::holds_alternative<Finish>(message);
  const auto encoded = codec::encode(message);
  if (encoded.size() > sizes_.message_bytes_max) return drop(message, encoded.size());
  if (finish || std::holds_alternative<Begin>(message))
    outbox_.message_in_order(attempt_of_message(message)->stream(), encoded, finish);
  else
    outbox_.message(encoded);
  if (outbox_.control_bytes() > shared_->limits.control_bytes_max) return end_soon("slow peer");
  schedule_flush();
}

std::size_t Connection::write(StreamId stream, ports::DataKind, std::span<const std::byte> bytes) {
  if (ended_ || closing_) return 0;
  const auto unsent = outbox_.data(stream, bytes);
  schedule_flush();
  return unsent;
}

void Connection::consumed(StreamId stream, std::size_t bytes) {
  if (const auto grant = credit_.consumed(stream, bytes); grant > 0) send(Credit{stream, grant});
}

void Connection::forget(StreamId stream) {
  unanswered_.erase(stream.value);
  outbox_.forget(stream);
  credit_.close(stream);
}

void Connection::schedule_flush() {
  if (flush_posted_ || waiting_write_ || half_closed_ || ended_) return;
  flush_posted_ = true;
  asio::post(io_, [self = shared_from_this()] {
    self->flush_posted_ = false;
    self->flush();
  });
}

void Connection::wait_write() {
  waiting_write_ = true;
  socket_.async_wait(tcp::socket::wait_write,
                     [self = shared_from_this()](const asio::error_code& e) {
                       self->waiting_write_ = false;
                       if (!e) self->flush();
                     });
}

bool Connection::write_out(std::vector<StreamId>& drained) {
  std::vector<StreamId> closed;
  for (std::size_t turn = 0; turn < turn_bytes;) {
    if (sent_ == sending_.size()) {
      sending_.clear();
      sent_ = 0;
      shared_->stats.frames_out += outbox_.fill(sending_, record_bytes, drained, closed);
      for (const auto stream : closed) credit_.close(stream);
      closed.clear();
      if (sending_.empty()) return true;
    }
    std::size_t put = 0;
    const auto want = session_->write(
        std::as_bytes(std::span{sending_.data() + sent_, sending_.size() - sent_}), put);
    if (want == tls::Want::write) {
      wait_write();
      return true;
    }
    if (want != tls::Want::nothing) {
      end("cannot write: " + session_->failure());
      return false;
    }
    turn += put;
    sent_ += put;
    shared_->stats.bytes_out += put;
    spoke_ = Clock::now();
  }
  schedule_flush();
  return true;
}

void Connection::flush() {
  if (ended_ || waiting_write_ || half_closed_) return;
  std::vector<StreamId> drained;
  if (!write_out(drained)) return;
  if (sending_.empty() && sending_.capacity() > kept_bytes_max) sending_ = std::string{};
  if (closing_ && sending_.empty() && outbox_.empty()) half_close();
  for (const auto stream : drained)
    if (shared_->events != nullptr) shared_->events->on_drained(id_, stream);
}

void Connection::half_close() {
  half_closed_ = true;
  session_->shutdown();
  asio::error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
}

void Connection::close(const std::string& why, bool flush_first) {
  if (ended_) return;
  if (!closing_) {
    closing_ = true;
    close_reason_ = why;
    close_by_ = Clock::now() + close_max;
  }
  if (flush_first) return schedule_flush();
  end_soon(why);
}

void Connection::check(Clock::time_point now, Clock::duration stalled) {
  if (ended_) return;
  heard_ = std::min(now, heard_ + stalled);
  began_ = std::min(now, began_ + stalled);
  if (waiting_write_) spoke_ = std::min(now, spoke_ + stalled);
  const auto& limits = shared_->limits;
  if (closing_ && now >= close_by_) return end(close_reason_);
  if (now - heard_ > limits.silence_max) return end("silent");
  if (waiting_write_ && now - spoke_ > limits.silence_max) return end("slow peer");
  if (!up() && now - began_ > limits.hello_deadline) return end("no hello in time");
  if (hello_said_ && !waiting_write_ && now - spoke_ >= limits.ping_every) send(Ping{1, false});
}

void Connection::end_soon(std::string why) {
  asio::post(io_, [self = shared_from_this(), why = std::move(why)] { self->end(why); });
}

void Connection::end(std::string why) {
  if (std::exchange(ended_, true)) return;
  if (socket_.is_open() && !half_closed_) session_->shutdown();
  asio::error_code ignored;
  socket_.close(ignored);
  // From the loop: whoever called us may stand in the middle of its own work.
  asio::post(io_, [self = shared_from_this(), why = std::move(why)] {
    if (self->shared_->on_end) self->shared_->on_end(self->id_, why);
  });
}

}  // namespace weir::net::link
