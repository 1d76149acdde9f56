#include "actors/net/link/hub.hpp"

#include "actors/net/link/connection.hpp"
#include "actors/telemetry/log.hpp"

#include <algorithm>
#include <random>
#include <unordered_map>
#include <utility>

namespace weir::net::link {

using Clock = std::chrono::steady_clock;

namespace {
constexpr Millis sweep_every{100};
/// More than one TLS record, which is all that one read gives.
constexpr std::size_t read_buffer_bytes = 32 * 1024;
/// An outage is logged at its first failure and at each so many more.
constexpr unsigned log_every = 100;
}  // namespace

class Hub::Impl : public std::enable_shared_from_this<Hub::Impl> {
 public:
  Impl(asio::io_context& io, LinkLimits limits, MakeHello hello, ports::LinkEvents& events)
      : io_{io}, sweep_{io}, hello_{std::move(hello)}, handshaker_{limits} {
    shared_->limits = limits;
    shared_->events = &events;
    shared_->read_buffer.resize(read_buffer_bytes);
    std::random_device entropy;
    random_.seed((std::uint64_t{entropy()} << 32U) | entropy());
  }

  void start() {
    shared_->on_end = [weak = weak_from_this()](LinkId id, const std::string& why) {
      if (const auto self = weak.lock()) self->on_end(id, why);
    };
    sweep();
  }

  Result<std::uint16_t> listen(const HostPort& where, tls::Context context,
                               const std::string& cluster) {
    return handshaker_.listen(
        where, std::move(context), {cluster, "agent"},
        on_loop([](Impl& self, Result<Established> result) { self.accepted(std::move(result)); }));
  }

  void connect(const std::vector<HostPort>& where, tls::Context context,
               const std::string& cluster) {
    client_context_ = std::move(context);
    cluster_ = cluster;
    for (const auto& target : where) {
      targets_.push_back(std::make_unique<Target>(io_, target));
      dial(targets_.size() - 1);
    }
  }

  void replace_tls(tls::Context context) {
    client_context_ = context;
    handshaker_.replace_tls(std::move(context));
  }

  void stop() {
    stopping_ = true;
    handshaker_.stop_listening();
    for (auto& target : targets_) target->timer.cancel();
    for (auto& [id, connection] : connections_) connection->close("stopping", true);
  }

  void destroy() {
    stopping_ = true;
    shared_->events = nullptr;
    sweep_.cancel();
    for (auto& target : targets_) target->timer.cancel();
    for (auto& [id, connection] : connections_) connection->close("gone", false);
    connections_.clear();
  }

  std::shared_ptr<Connection> find(LinkId link) const {
    const auto found = connections_.find(link);
    return found == connections_.end() ? nullptr : found->second;
  }

  const Stats& stats() const { return shared_->stats; }

 private:
  /// A coordinator to keep a link to.
  struct Target {
    Target(asio::io_context& io, HostPort to) : where{std::move(to)}, timer{io} {}
    HostPort where;
    asio::steady_timer timer;
    unsigned failures = 0;
    LinkId link;
    Clock::time_point since;  ///< when `link` was made
  };

  /// A handshake's end, brought from its thread to the loop; dropped when the hub is gone.
  template <class Do>
  Handshaker::Done on_loop(Do what) {
    return [weak = weak_from_this(), &io = io_, what](Result<Established> result) {
      auto shared = std::make_shared<Result<Established>>(std::move(result));
      asio::post(io, [weak, shared, what] {
        if (const auto self = weak.lock()) what(*self, std::move(*shared));
      });
    };
  }

  void accepted(Result<Established> result) {
    if (!result) {
      ++shared_->stats.handshakes_failed;
      spdlog::debug("link refused: {}", result.error().detail);
      return;
    }
    if (stopping_) return;
    if (connections_.size() >= shared_->limits.links_max) {
      ++shared_->stats.handshakes_failed;
      spdlog::warn("link of {} refused: {} links are up", result->peer.name, connections_.size());
      return;
    }
    add(std::move(*result));
  }

  LinkId add(Established established) {
    const LinkId id{++last_link_};
    auto connection = std::make_shared<Connection>(io_, id, std::move(established), shared_);
    connections_.emplace(id, connection);
    connection->start(hello_());
    return id;
  }

  void dial(std::size_t index) {
    if (stopping_) return;
    handshaker_.connect(targets_[index]->where, client_context_, {cluster_, "coordinator"},
                        on_loop([index](Impl& self, Result<Established> result) {
                          self.dialled(index, std::move(result));
                        }));
  }

  void dialled(std::size_t index, Result<Established> result) {
    if (stopping_) return;
    auto& target = *targets_[index];
    if (result) {
      target.link = add(std::move(*result));
      target.since = Clock::now();
      return;
    }
    ++shared_->stats.handshakes_failed;
    say_why(target, result.error().detail);
    redial(index);
  }

  /// Once per outage, and now and then: a coordinator may stay away for hours.
  void say_why(const Target& target, const std::string& why) {
    if (target.failures % log_every == 0)
      spdlog::warn("no link to {}:{}: {}", target.where.host, target.where.port, why);
  }

  /// Full jitter: uniform in [0, min(reconnect_max, reconnect_min · 2^failures)].
  void redial(std::size_t index) {
    auto& target = *targets_[index];
    const auto& limits = shared_->limits;
    const auto most =
        std::min<std::int64_t>(limits.reconnect_max.count(), limits.reconnect_min.count()
                                                                 << std::min(target.failures, 16U));
    ++target.failures;
    target.timer.expires_after(
        Millis{std::uniform_int_distribution<std::int64_t>{0, most}(random_)});
    target.timer.async_wait([weak = weak_from_this(), index](const asio::error_code& e) {
      const auto self = weak.lock();
      if (!e && self) self->dial(index);
    });
  }

  void on_end(LinkId id, const std::string& why) {
    const auto found = connections_.find(id);
    if (found == connections_.end()) return;
    const auto connection = std::move(found->second);
    connections_.erase(found);
    if (connection->up() && shared_->events != nullptr) shared_->events->on_down(id, why);
    for (std::size_t i = 0; i < targets_.size(); ++i) {
      auto& target = *targets_[i];
      if (target.link != id) continue;
      target.link = {};
      // A link that is dropped as soon as it is up must not be dialled in a tight loop.
      if (connection->up() && Clock::now() - target.since > shared_->limits.reconnect_max)
        target.failures = 0;
      if (!connection->up()) say_why(target, why);
      if (!stopping_) redial(i);
    }
  }

  void sweep() {
    // A connection that ends says so later, from the loop: the map stays as it is.
    const auto now = Clock::now();
    const auto late = now - sweep_due_;
    const auto stalled = late > sweep_every ? late : Clock::duration{0};
    for (auto& [id, connection] : connections_) connection->check(now, stalled);
    sweep_due_ = now + sweep_every;
    sweep_.expires_at(sweep_due_);
    sweep_.async_wait([weak = weak_from_this()](const asio::error_code& e) {
      const auto self = weak.lock();
      if (!e && self && self->shared_->events != nullptr) self->sweep();
    });
  }

  asio::io_context& io_;
  asio::steady_timer sweep_;
  Clock::time_point sweep_due_ = Clock::now();
  MakeHello hello_;
  std::shared_ptr<Connection::Shared> shared_ = std::make_shared<Connection::Shared>();
  std::unordered_map<LinkId, std::shared_ptr<Connection>> connections_;
  std::vector<std::unique_ptr<Target>> targets_;
  tls::Context client_context_;
  std::string cluster_;
  std::mt19937_64 random_;
  std::uint64_t last_link_ = 0;
  bool stopping_ = false;
  Handshaker handshaker_;
};

Hub::Hub(asio::io_context& io, LinkLimits limits, MakeHello hello, ports::LinkEvents& events)
    : impl_{std::make_shared<Impl>(io, limits, std::move(hello), events)} {
  impl_->start();
}

Hub::~Hub() { impl_->destroy(); }

Result<std::uint16_t> Hub::listen(const HostPort& where, tls::Context context,
                                  const std::string& cluster) {
  return impl_->listen(where, std::move(context), cluster);
}

void Hub::connect(const std::vector<HostPort>& where, tls::Context context,
                  const std::string& cluster) {
  impl_->connect(where, std::move(context), cluster);
}

void Hub::replace_tls(tls::Context context) { impl_->replace_tls(std::move(context)); }

void Hub::stop() { impl_->stop(); }

std::uint64_t Hub::peer_incarnation(LinkId link) const {
  const auto connection = impl_->find(link);
  return connection ? connection->peer_incarnation() : 0;
}

void Hub::send(LinkId link, Message message) {
  if (const auto connection = impl_->find(link)) connection->send(std::move(message));
}

std::size_t Hub::write(LinkId link, StreamId stream, ports::DataKind kind,
                       std::span<const std::byte> bytes) {
  const auto connection = impl_->find(link);
  return connection ? connection->write(stream, kind, bytes) : 0;
}

void Hub::consumed(LinkId link, StreamId stream, std::size_t bytes) {
  if (const auto connection = impl_->find(link)) connection->consumed(stream, bytes);
}

void Hub::forget(LinkId link, StreamId stream) {
  if (const auto connection = impl_->find(link)) connection->forget(stream);
}

void Hub::close(LinkId link, const std::string& why) {
  if (const auto connection = impl_->find(link)) connection->close(why, false);
}

const Hub::Stats& Hub::stats() const { return impl_->stats(); }

}  // namespace weir::net::link
