// A peer made by hand: real TLS with a real certificate, and whatever frames a test wants.
#pragma once

#include "actors/net/link/deframer.hpp"
#include "schema/codec/codec.hpp"
#include "tests/actors/net/link/hub_fixture.hpp"

#include <optional>

namespace weir::net::link {

class RawPeer {
 public:
  /// Connects to a hub that listens.
  RawPeer(asio::io_context& io, std::uint16_t port, const TlsFiles& files) : io_{io}, socket_{io} {
    socket_.connect({asio::ip::address_v4::loopback(), port});
    begin(*tls::link_client_context(files), false);
  }
  /// Takes the connection of a hub that dials.
  RawPeer(asio::io_context& io, asio::ip::tcp::acceptor& acceptor, const TlsFiles& files)
      : io_{io}, socket_{io} {
    bool accepted = false;
    acceptor.async_accept(socket_, [&](const asio::error_code& e) { accepted = !e; });
    REQUIRE(pump(io, [&] { return accepted; }));
    begin(*tls::link_server_context(files), true);
  }

  void send_raw(const std::string& bytes) {
    for (std::size_t at = 0; at < bytes.size();) {
      std::size_t put = 0;
      REQUIRE(pump(io_, [&] {
        const auto rest = std::span{bytes.data() + at, bytes.size() - at};
        return session_->write(std::as_bytes(rest), put) != tls::Want::write;
      }));
      if (put == 0) return;  // the hub has closed: what the test looks at
      at += put;
    }
  }
  void send_frame(codec::FrameType type, std::uint64_t stream, const std::string& payload) {
    std::string out;
    put_header(out, {static_cast<std::uint32_t>(payload.size()), type, stream});
    send_raw(out + payload);
  }
  void send_encoded(const std::vector<std::byte>& encoded) {
    send_frame(codec::FrameType::message, 0,
               {reinterpret_cast<const char*>(encoded.data()), encoded.size()});
  }
  void send(const Message& message) { send_encoded(codec::encode(message)); }
  void send_data(codec::FrameType type, StreamId stream, std::uint64_t offset,
                 const std::string& bytes) {
    std::string payload;
    put_u64(payload, offset);
    send_frame(type, stream.value, payload + bytes);
  }

  /// Reads what there is; false once the hub has closed the link.
  bool read() {
    std::vector<std::byte> buffer(64 * 1024);
    std::size_t got = 0;
    auto want = tls::Want::nothing;
    while ((want = session_->read(buffer, got)) == tls::Want::nothing) {
      REQUIRE(deframer_.feed(std::span{buffer}.first(got),
                             [this](const FrameHeader& h, std::span<const std::byte> p) {
                               if (h.type != codec::FrameType::message) return true;
                               const auto message = codec::decode(p);
                               REQUIRE(message);
                               messages.push_back(*message);
                               return true;
                             }));
    }
    return want == tls::Want::read;
  }
  bool closed() {
    return pump(io_, [this] { return !read(); });
  }
  template <class M>
  std::optional<M> next() {
    const auto find = [&]() -> std::optional<M> {
      for (const auto& m : messages)
        if (const auto* found = std::get_if<M>(&m)) return *found;
      return std::nullopt;
    };
    pump(io_, [&] { return find().has_value() || !read(); });
    return find();
  }

  std::vector<Message> messages;

 private:
  void begin(const tls::Context& context, bool server) {
    socket_.native_non_blocking(true);
    session_ = std::make_unique<tls::Session>(context, socket_.native_handle(), server, "");
    REQUIRE(pump(io_, [&] { return session_->handshake() == tls::Want::nothing; }));
  }

  asio::io_context& io_;
  asio::ip::tcp::socket socket_;
  std::unique_ptr<tls::Session> session_;
  Deframer deframer_{FrameSizes{}};
};

}  // namespace weir::net::link
