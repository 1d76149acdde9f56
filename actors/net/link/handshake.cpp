#include "actors/net/link/handshake.hpp"

#include <algorithm>

namespace weir::net::link {

using asio::ip::tcp;

namespace {

std::string host_of(const asio::ip::address& address) {
  if (!address.is_v6()) return address.to_string();
  auto v6 = address.to_v6();
  if (v6.is_v4_mapped()) return asio::ip::make_address_v4(asio::ip::v4_mapped, v6).to_string();
  auto bytes = v6.to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
  return asio::ip::address_v6{bytes}.to_string();
}

}  // namespace

Handshake::Handshake(tcp::socket socket, tls::Context context, bool server, Expected expected)
    : socket_{std::move(socket)},
      deadline_{socket_.get_executor()},
      context_{std::move(context)},
      server_{server},
      expected_{std::move(expected)} {
  asio::error_code ec;
  const auto peer = socket_.is_open() ? socket_.remote_endpoint(ec) : tcp::endpoint{};
  if (ec || !socket_.is_open()) return;
  host_ = host_of(peer.address());
  const auto host = peer.address().to_string();
  from_ = (peer.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(peer.port());
}

void Handshake::wait_deadline(Millis after, const char* why) {
  deadline_.expires_at(made_ + after);
  deadline_.async_wait([self = shared_from_this(), why](const asio::error_code& e) {
    if (!e) self->end(Error{Code::timed_out, why});
  });
}

void Handshake::arm(Millis first, Millis whole) {
  whole_ = whole;
  wait_deadline(std::min(first, whole), first < whole ? "it said nothing" : "no handshake in time");
}

void Handshake::begin() {
  if (over()) return;
  asio::error_code ignored;
  socket_.set_option(tcp::no_delay(true), ignored);
  asio::error_code ec;
  socket_.native_non_blocking(true, ec);
  if (ec) return end(Error{Code::unreachable, ec.message()});
  session_ = std::make_unique<tls::Session>(context_, socket_.native_handle(), server_, "");
  step();
}

void Handshake::end(Result<Established> result) {
  if (!finish_) return;
  deadline_.cancel();
  auto finish = std::exchange(finish_, nullptr);
  asio::error_code ignored;
  if (socket_.is_open()) socket_.close(ignored);
  finish(std::move(result));
}

bool Handshake::silent() const { return server_ && !heard_; }

void Handshake::wait(tcp::socket::wait_type what) {
  socket_.async_wait(what, [self = shared_from_this()](const asio::error_code& e) {
    if (self->finish_ && !e) self->step();
  });
}

void Handshake::step() {
  const auto want = session_->handshake();
  if (silent() && session_->hello_seen()) {
    heard_ = true;
    if (finish_) wait_deadline(whole_, "no handshake in time");
  }
  switch (want) {
    case tls::Want::read:
      return wait(tcp::socket::wait_read);
    case tls::Want::write:
      return wait(tcp::socket::wait_write);
    case tls::Want::nothing:
      return verify();
    case tls::Want::closed:
    case tls::Want::failed:
      break;
  }
  end(Error{Code::unreachable, "TLS: " + session_->failure()});
}

void Handshake::verify() {
  auto peer = tls::peer_identity(session_->native());
  if (!peer) return end(peer.error());
  if (peer->cluster != expected_.cluster || peer->role != expected_.role)
    return end(Error{Code::unauthorized, "expected role " + expected_.role + " of cluster " +
                                             expected_.cluster + ", met " + peer->role + " of " +
                                             peer->cluster});
  asio::error_code ec;
  const auto local = socket_.local_endpoint(ec);
  Established done;
  done.ipv6 = !ec && local.address().is_v6();
  done.session = std::move(session_);
  done.peer = std::move(*peer);
  done.socket = Descriptor{socket_.release(ec)};
  done.from = from_;
  if (ec) return end(Error{Code::unreachable, ec.message()});
  end(std::move(done));
}

}  // namespace weir::net::link
