#include "actors/net/link/handshaker.hpp"

#include "actors/net/asio.hpp"

#include <unistd.h>
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

/// One connection from socket to verified peer, or to an error at its deadline.
class Handshake : public std::enable_shared_from_this<Handshake> {
 public:
  using Finish = std::function<void(Result<Established>)>;

  Handshake(tcp::socket socket, tls::Context context, bool server, Expected expected, Finish finish)
      : socket_{std::move(socket)},
        deadline_{socket_.get_executor()},
        context_{std::move(context)},
        server_{server},
        expected_{std::move(expected)},
        finish_{std::move(finish)} {}

  tcp::socket& socket() { return socket_; }
  /// It ended already: its deadline passed while a name was being looked up.
  bool over() const { return !finish_; }

  void arm(Millis after) {
    deadline_.expires_after(after);
    deadline_.async_wait([self = shared_from_this()](const asio::error_code& e) {
      if (!e) self->end(Error{Code::timed_out, "no handshake in time"});
    });
  }

  void begin() {
    if (over()) return;
    asio::error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    asio::error_code ec;
    socket_.native_non_blocking(true, ec);
    if (ec) return end(Error{Code::unreachable, ec.message()});
    session_ = std::make_unique<tls::Session>(context_, socket_.native_handle(), server_, "");
    step();
  }

  void end(Result<Established> result) {
    if (!finish_) return;
    deadline_.cancel();
    auto finish = std::exchange(finish_, nullptr);
    asio::error_code ignored;
    if (socket_.is_open()) socket_.close(ignored);
    finish(std::move(result));
  }

 private:
  void wait(tcp::socket::wait_type what) {
    socket_.async_wait(what, [self = shared_from_this()](const asio::error_code& e) {
      if (self->finish_ && !e) self->step();
    });
  }

  void step() {
    switch (session_->handshake()) {
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

  void verify() {
    auto peer = tls::peer_identity(session_->native());
    if (!peer) return end(peer.error());
    if (peer->cluster != expected_.cluster || peer->role != expected_.role)
      return end(Error{Code::unauthorized, "expected a " + expected_.role + " of cluster " +
                                               expected_.cluster + ", met a " + peer->role +
                                               " of " + peer->cluster});
    asio::error_code ec;
    const auto local = socket_.local_endpoint(ec);
    Established done;
    done.ipv6 = !ec && local.address().is_v6();
    done.session = std::move(session_);
    done.peer = std::move(*peer);
    done.socket = Descriptor{socket_.release(ec)};
    if (ec) return end(Error{Code::unreachable, ec.message()});
    end(std::move(done));
  }

  tcp::socket socket_;
  asio::steady_timer deadline_;
  tls::Context context_;
  bool server_;
  Expected expected_;
  Finish finish_;
  std::unique_ptr<tls::Session> session_;
};

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
                                                   std::move(expected), std::move(done));
      handshake->arm(limits_.handshake_deadline);
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
    if (accepting_ || !acceptor_ || pending_ >= limits_.handshakes_max) return;
    accepting_ = true;
    acceptor_->async_accept([this](const asio::error_code& e, tcp::socket socket) {
      accepting_ = false;
      if (e == asio::error::operation_aborted) return;
      if (e) return retry();
      ++pending_;
      auto handshake = std::make_shared<Handshake>(std::move(socket), context_, true, expected_,
                                                   [this](Result<Established> result) {
                                                     --pending_;
                                                     done_(std::move(result));
                                                     accept();
                                                   });
      handshake->arm(limits_.handshake_deadline);
      handshake->begin();
      accept();
    });
  }

  /// Out of descriptors, most likely: try again a little later.
  void retry() {
    timer_.expires_after(Millis{50});
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
  std::size_t pending_ = 0;
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
