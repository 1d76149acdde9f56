#include "actors/net/http/server.hpp"

#include "actors/net/http/peer.hpp"
#include "actors/net/http/session.hpp"

#include <cerrno>
#include <vector>

namespace weir::net::http {
namespace {

constexpr std::size_t read_bytes = 64 * 1024;
/// Connections beyond connections_max that are answered 503; still more are closed unanswered.
constexpr std::size_t refused_at_once_max = 64;
constexpr int backlog = 1024;
/// Pause before the next accept when descriptors or memory ran out.
constexpr Millis accept_pause{50};

bool exhausted(std::error_code ec) {
  return ec.value() == EMFILE || ec.value() == ENFILE || ec.value() == ENOBUFS ||
         ec.value() == ENOMEM;
}

}  // namespace

class Server::Impl : public std::enable_shared_from_this<Server::Impl> {
 public:
  Impl(std::shared_ptr<ServerShared> shared, std::optional<tls::Context> tls)
      : shared_{std::move(shared)},
        tls_{std::move(tls)},
        acceptor_{shared_->io},
        accept_timer_{shared_->io} {}

  Result<std::uint16_t> listen(const HostPort& where) {
    std::error_code failed;
    const auto address =
        asio::ip::make_address(where.host == "localhost" ? "127.0.0.1" : where.host, failed);
    if (failed) return Error{Code::unreachable, "not an IP address: " + where.host};
    const asio::ip::tcp::endpoint endpoint{address, where.port};
    acceptor_.open(endpoint.protocol(), failed);
    if (!failed) acceptor_.set_option(asio::socket_base::reuse_address{true}, failed);
    // Accepted sockets inherit both.
    if (!failed) acceptor_.set_option(asio::ip::tcp::no_delay{true}, failed);
    if (!failed) bound_unsent(acceptor_.native_handle());
    if (!failed) acceptor_.bind(endpoint, failed);
    if (!failed) acceptor_.listen(backlog, failed);
    if (failed) {
      std::error_code ignored;
      acceptor_.close(ignored);
      return Error{Code::unreachable, "cannot listen on " + where.host + ":" +
                                          std::to_string(where.port) + ": " + failed.message()};
    }
    accept();
    return acceptor_.local_endpoint(failed).port();
  }

  void stop_accepting() {
    std::error_code ignored;
    acceptor_.close(ignored);
    accept_timer_.cancel();
    shared_->draining = true;
    for (const auto& session : snapshot()) session->drain();
  }

  void close() {
    std::error_code ignored;
    acceptor_.close(ignored);
    accept_timer_.cancel();
    for (const auto& session : snapshot()) session->shut();
  }

  std::size_t exchanges() const { return shared_->exchanges; }
  void replace_tls(tls::Context context) { tls_ = std::move(context); }

 private:
  /// Sessions leave the set while it is walked over.
  std::vector<std::shared_ptr<Session>> snapshot() const {
    return {shared_->sessions.begin(), shared_->sessions.end()};
  }

  void accept() {
    if (!acceptor_.is_open()) return;
    acceptor_.async_accept([self = weak_from_this()](std::error_code failed, Socket socket) {
      const auto impl = self.lock();
      if (!impl || !impl->acceptor_.is_open()) return;
      if (!failed)
        impl->admit(std::move(socket));
      else if (exhausted(failed))
        return impl->accept_later();
      impl->accept();
    });
  }

  void accept_later() {
    accept_timer_.expires_after(accept_pause);
    accept_timer_.async_wait([self = weak_from_this()](std::error_code) {
      if (const auto impl = self.lock()) impl->accept();
    });
  }

  void admit(Socket socket) {
    const auto open = shared_->sessions.size();
    const bool full = open >= shared_->limits.connections_max;
    if (full && (tls_ || open >= shared_->limits.connections_max + refused_at_once_max)) return;
    const auto session = std::make_shared<Session>(shared_, std::move(socket));
    shared_->sessions.insert(session);
    if (full)
      session->start_refusing();
    else
      session->start(tls_);
  }

  std::shared_ptr<ServerShared> shared_;
  std::optional<tls::Context> tls_;
  asio::basic_socket_acceptor<asio::ip::tcp, Executor> acceptor_;
  Timer accept_timer_;
};

Server::Server(asio::io_context& io, Limits limits, Headers common, std::optional<tls::Context> tls,
               Handler handler, ErrorBody error_body, OnHead on_head) {
  std::string lines;
  append_headers(lines, common);
  auto shared = std::make_shared<ServerShared>(ServerShared{io,
                                                            limits,
                                                            std::move(lines),
                                                            std::move(handler),
                                                            std::move(error_body),
                                                            std::move(on_head),
                                                            BodyBudget{limits.bodies_bytes_max},
                                                            {},
                                                            {},
                                                            {},
                                                            {}});
  shared->scratch.resize(read_bytes);
  impl_ = std::make_shared<Impl>(std::move(shared), std::move(tls));
}

Server::~Server() { impl_->close(); }

Result<std::uint16_t> Server::listen(const HostPort& where) { return impl_->listen(where); }
void Server::stop_accepting() { impl_->stop_accepting(); }
std::size_t Server::exchanges() const { return impl_->exchanges(); }
void Server::replace_tls(tls::Context context) { impl_->replace_tls(std::move(context)); }

}  // namespace weir::net::http
