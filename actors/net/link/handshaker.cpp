#include "actors/net/link/handshaker.hpp"

#include "actors/net/link/handshake.hpp"

#include <unistd.h>
#include <list>
#include <map>
#include <string_view>
#include <thread>

namespace weir::net::link {

using asio::ip::tcp;

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = other.release();
  }
  return *this;
}

namespace {

/// A silent handshake that is younger than this is not yet thrown out for another.
constexpr Millis grace{50};

}  // namespace

class Handshaker::Impl {
 public:
  explicit Impl(LinkLimits limits) : limits_{limits} {
    thread_ = std::thread{[this] { io_.run(); }};
  }
  ~Impl() {
    io_.stop();
    thread_.join();
  }

  Result<std::uint16_t> listen(const HostPort& where, tls::Context context, Expected expected,
                               Done done) {
    asio::error_code ec;
    const auto address =
        asio::ip::make_address(where.host == "localhost" ? "127.0.0.1" : where.host, ec);
    if (ec) return Error{Code::unreachable, where.host + ": not an IP address"};
    auto acceptor = std::make_unique<tcp::acceptor>(io_);
    const tcp::endpoint endpoint{address, where.port};
    acceptor->open(endpoint.protocol(), ec);
    if (!ec) acceptor->set_option(tcp::acceptor::reuse_address(true), ec);
    if (!ec) acceptor->bind(endpoint, ec);
    if (!ec) acceptor->listen(4096, ec);
    if (ec)
      return Error{Code::unreachable,
                   where.host + ":" + std::to_string(where.port) + ": " + ec.message()};
    const auto port = acceptor->local_endpoint(ec).port();
    asio::post(io_, [this, a = std::move(acceptor), context = std::move(context),
                     expected = std::move(expected), done = std::move(done)]() mutable {
      acceptor_ = std::move(a);
      context_ = std::move(context);
      expected_ = std::move(expected);
      done_ = std::move(done);
      accept();
    });
    return port;
  }

  void connect(const HostPort& where, tls::Context context, Expected expected, Done done) {
    asio::post(io_, [this, where, context = std::move(context), expected = std::move(expected),
                     done = std::move(done)]() mutable {
      auto handshake = std::make_shared<Handshake>(tcp::socket{io_}, std::move(context), false,
                                                   std::move(expected));
      handshake->on_end(
          [done = std::move(done)](Result<Established> result) { done("", std::move(result)); });
      handshake->arm(limits_.handshake_deadline, limits_.handshake_deadline);
      asio::error_code not_numeric;
      const auto address = asio::ip::make_address(where.host, not_numeric);
      if (not_numeric)
        resolve(where, std::move(handshake));
      else
        reach(tcp::resolver::results_type::create(tcp::endpoint{address, where.port}, where.host,
                                                  std::to_string(where.port)),
              std::move(handshake));
    });
  }

  void replace_tls(tls::Context context) {
    asio::post(io_,
               [this, context = std::move(context)]() mutable { context_ = std::move(context); });
  }

  void stop_listening() {
    asio::post(io_, [this] { acceptor_.reset(); });
  }

 private:
  /// Names are looked up on a thread of Asio's; addresses never need it.
  void resolve(const HostPort& where, std::shared_ptr<Handshake> handshake) {
    auto resolver = std::make_shared<tcp::resolver>(io_);
    resolver->async_resolve(where.host, std::to_string(where.port),
                            [resolver, handshake = std::move(handshake)](
                                const asio::error_code& e, tcp::resolver::results_type to) {
                              if (e)
                                handshake->end(Error{Code::unreachable, e.message()});
                              else
                                reach(to, handshake);
                            });
  }

  static void reach(const tcp::resolver::results_type& to, std::shared_ptr<Handshake> handshake) {
    if (handshake->over()) return;
    auto& socket = handshake->socket();
    asio::async_connect(
        socket, to,
        [handshake = std::move(handshake)](const asio::error_code& e, const tcp::endpoint&) {
          if (e)
            handshake->end(Error{Code::unreachable, e.message()});
          else
            handshake->begin();
        });
  }

  void accept() {
    if (accepting_ || !acceptor_ || !make_room()) return;
    accepting_ = true;
    acceptor_->async_accept([this](const asio::error_code& e, tcp::socket socket) {
      accepting_ = false;
      if (e == asio::error::operation_aborted) return;
      if (e) return retry(Millis{50});  // out of descriptors, most likely
      begin(std::move(socket));
      accept();
    });
  }

  void begin(tcp::socket socket) {
    const auto at = pending_.insert(
        pending_.end(), std::make_shared<Handshake>(std::move(socket), context_, true, expected_));
    const auto fresh = *at;  // outlives its own end
    fresh->on_end([this, at](Result<Established> result) {
      const auto from = (*at)->from();
      pending_.erase(at);
      done_(from, std::move(result));
      asio::post(io_, [this] { accept(); });
    });
    fresh->arm(limits_.first_byte_deadline, limits_.handshake_deadline);
    fresh->begin();  // whoever waited in the backlog has said its ClientHello by now
  }

  /// Whether one more may begin. Where all places are taken somebody silent loses its, then the
  /// oldest that takes longer than an honest peer needs.
  bool make_room() {
    if (pending_.size() < limits_.handshakes_max) return true;
    auto victim = silent_one();
    if (victim == nullptr && pending_.front()->age() >= limits_.first_byte_deadline)
      victim = pending_.front();
    if (victim == nullptr) {
      retry(grace);
      return false;
    }
    victim->end(Error{Code::timed_out, "others wait for its place"});
    return true;
  }

  /// The oldest silent one of a host that has more of them than it may; else the oldest.
  std::shared_ptr<Handshake> silent_one() const {
    std::map<std::string_view, std::size_t> of_host;
    for (const auto& h : pending_)
      if (h->silent()) ++of_host[h->host()];
    std::shared_ptr<Handshake> oldest;
    for (const auto& h : pending_) {
      if (!h->silent() || h->age() < grace) continue;
      if (of_host[h->host()] > limits_.silent_per_host_max) return h;
      if (oldest == nullptr) oldest = h;
    }
    return oldest;
  }

  void retry(Millis after) {
    timer_.expires_after(after);
    timer_.async_wait([this](const asio::error_code& e) {
      if (!e) accept();
    });
  }

  LinkLimits limits_;
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
  asio::steady_timer timer_{io_};
  std::unique_ptr<tcp::acceptor> acceptor_;
  tls::Context context_;
  Expected expected_;
  Done done_;
  std::list<std::shared_ptr<Handshake>> pending_;  ///< accepted ones, the oldest first
  bool accepting_ = false;
  std::thread thread_;
};

Handshaker::Handshaker(LinkLimits limits) : impl_{std::make_unique<Impl>(limits)} {}
Handshaker::~Handshaker() = default;

Result<std::uint16_t> Handshaker::listen(const HostPort& where, tls::Context context,
                                         Expected expected, Done done) {
  return impl_->listen(where, std::move(context), std::move(expected), std::move(done));
}

void Handshaker::connect(const HostPort& where, tls::Context context, Expected expected,
                         Done done) {
  impl_->connect(where, std::move(context), std::move(expected), std::move(done));
}

void Handshaker::replace_tls(tls::Context context) { impl_->replace_tls(std::move(context)); }

void Handshaker::stop_listening() { impl_->stop_listening(); }

}  // namespace weir::net::link
