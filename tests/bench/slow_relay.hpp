// A relay between two TCP ends that passes a stated number of bytes per second, with buffers as
// small as a modest router's: what stands for a slow network where netem is not to be had.
#pragma once

#include "actors/net/asio.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <thread>

namespace weir::bench {

class SlowRelay {
 public:
  /// Relays everything that connects to port() towards `to` on this machine.
  SlowRelay(std::uint16_t to, double bytes_per_s)
      : to_{asio::ip::address_v4::loopback(), to}, bytes_per_s_{bytes_per_s} {
    acceptor_.open(tcp::v4());
    shape(acceptor_);
    acceptor_.bind({asio::ip::address_v4::loopback(), 0});
    acceptor_.listen();
    accept();
    thread_ = std::thread{[this] { io_.run(); }};
  }
  ~SlowRelay() {
    io_.stop();
    thread_.join();
  }
  SlowRelay(const SlowRelay&) = delete;
  SlowRelay& operator=(const SlowRelay&) = delete;

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  using tcp = asio::ip::tcp;
  using Clock = std::chrono::steady_clock;
  static constexpr int segment_bytes = 1448;
  static constexpr int socket_buffer_bytes = 16 * 1024;

  /// One direction of one connection.
  struct Flow : std::enable_shared_from_this<Flow> {
    Flow(asio::io_context& io, std::shared_ptr<tcp::socket> source,
         std::shared_ptr<tcp::socket> sink, double rate)
        : from{std::move(source)}, to{std::move(sink)}, timer{io}, bytes_per_s{rate} {}

    void go() {
      from->async_read_some(asio::buffer(buffer), [self = shared_from_this()](auto e, auto n) {
        if (e) return self->end();
        self->pace(n);
      });
    }
    void pace(std::size_t n) {
      const auto now = Clock::now();
      // A burst of half a millisecond makes up for timers that fire late.
      free_at = std::max(free_at, now - std::chrono::microseconds(500)) +
                std::chrono::nanoseconds(
                    static_cast<std::int64_t>(static_cast<double>(n) * 1e9 / bytes_per_s));
      timer.expires_at(free_at);
      timer.async_wait([self = shared_from_this(), n](auto e) {
        if (e) return self->end();
        asio::async_write(*self->to, asio::buffer(self->buffer.data(), n),
                          [self](auto error, auto) { error ? self->end() : self->go(); });
      });
    }
    void end() {
      asio::error_code ignored;
      from->close(ignored);
      to->close(ignored);
    }

    std::shared_ptr<tcp::socket> from, to;
    asio::steady_timer timer;
    double bytes_per_s;
    Clock::time_point free_at;
    std::array<char, 2 * segment_bytes> buffer;
  };

  template <class Socket>
  static void shape(Socket& socket) {
    socket.set_option(asio::socket_base::receive_buffer_size(socket_buffer_bytes));
    socket.set_option(asio::socket_base::send_buffer_size(socket_buffer_bytes));
    // Loopback's 64 KB segments would not fit into such buffers.
    ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_MAXSEG, &segment_bytes,
                 sizeof segment_bytes);
  }

  void accept() {
    auto near = std::make_shared<tcp::socket>(io_);
    acceptor_.async_accept(*near, [this, near](auto e) {
      if (e) return;
      auto far = std::make_shared<tcp::socket>(io_);
      far->open(tcp::v4());
      shape(*far);
      asio::error_code ec;
      far->connect(to_, ec);
      near->set_option(tcp::no_delay(true), ec);
      far->set_option(tcp::no_delay(true), ec);
      std::make_shared<Flow>(io_, near, far, bytes_per_s_)->go();
      std::make_shared<Flow>(io_, far, near, bytes_per_s_)->go();
      accept();
    });
  }

  asio::io_context io_{1};
  tcp::acceptor acceptor_{io_};
  tcp::endpoint to_;
  double bytes_per_s_;
  std::thread thread_;
};

}  // namespace weir::bench
