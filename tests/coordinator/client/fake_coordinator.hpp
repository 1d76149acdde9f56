// A coordinator for tests: an HTTP server on 127.0.0.1 with a thread of its own.
#pragma once

#include "actors/net/asio.hpp"
#include "actors/net/http/server.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace weir::client::testing {

class FakeCoordinator {
 public:
  using Handler = net::http::Handler;

  /// `handler` runs on the server's thread. The port is known when the constructor returns.
  explicit FakeCoordinator(Handler handler,
                           const std::optional<net::tls::Context>& tls = std::nullopt)
      : server_{
            io_,
            net::http::Limits{},
            {{"server", "weir"}},
            tls,
            [this, handler = std::move(handler)](net::http::Request r, net::http::ExchangePtr e) {
              {
                const std::lock_guard lock{mutex_};
                seen_.push_back(r);
              }
              handler(std::move(r), std::move(e));
            },
            [](int status, std::string_view) {
              return net::http::Response{status, {}, {}};
            }},
        scheme_{tls ? "https" : "http"} {
    port_ = *server_.listen({"127.0.0.1", 0});
    thread_ = std::thread{[this] { io_.run(); }};
  }
  ~FakeCoordinator() {
    io_.stop();
    thread_.join();
  }
  FakeCoordinator(const FakeCoordinator&) = delete;
  FakeCoordinator& operator=(const FakeCoordinator&) = delete;

  std::string url() const { return scheme_ + "://127.0.0.1:" + std::to_string(port_); }
  std::vector<net::http::Request> seen() const {
    const std::lock_guard lock{mutex_};
    return seen_;
  }

 private:
  asio::io_context io_{1};
  mutable std::mutex mutex_;
  std::vector<net::http::Request> seen_;
  net::http::Server server_;
  std::string scheme_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

/// A flag that one thread raises and another waits for, at most 10 s.
class Flag {
 public:
  void raise() {
    const std::lock_guard lock{mutex_};
    up_ = true;
    changed_.notify_all();
  }
  bool wait() {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, std::chrono::seconds{10}, [this] { return up_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool up_ = false;
};

/// The URL of a port of 127.0.0.1 at which nobody listens.
inline std::string dead_url() {
  asio::io_context io;
  asio::ip::tcp::acceptor acceptor{io, {asio::ip::address_v4::loopback(), 0}};
  return "http://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port());
}

}  // namespace weir::client::testing
