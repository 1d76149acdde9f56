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
/// An address that leads to a coordinator which is linked already is tried again after
/// reconnect_max, then after twice, …, at most after 2^5 times as long.
constexpr unsigned parked_doublings_max = 5;
}  // namespace

class Hub::Impl : public std::enable_shared_from_this<Hub::Impl> {
 public:
  Impl(asio::io_context& io, LinkLimits limits, MakeHello hello, ports::LinkEvents& events)
      : io_{io}, sweep_{io}, handshaker_{limits} {
    shared_->limits = limits;
    shared_->hello = std::move(hello);
    shared_->events = &events;
    shared_->read_buffer.resize(read_buffer_bytes);
    std::random_device entropy;
    random_.seed((std::uint64_t{entropy()} << 32U) | entropy());
  }

  void start() {
    shared_->on_end = [weak = weak_from_this()](LinkId id, const std::string& why) {
      if (const auto self = weak.lock()) self->on_end(id, why);
    };
    shared_->why_not = [weak = weak_from_this()](LinkId id, std::uint64_t incarnation) {
      const auto self = weak.lock();
      return self ? self->why_not(id, incarnation) : std::string{};
    };
    sweep();
  }

  Result<std::uint16_t> listen(const HostPort& where, tls::Context context,
                               const std::string& cluster) {
    return handshaker_.listen(
        where, std::move(context), {cluster, "agent"},
        on_loop([](Impl& self, const std::string& from, Result<Established> result) {
          self.accepted(from, std::move(result));
        }));
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
    shared_->hello = nullptr;
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

  std::size_t unsent() const {
    return static_cast<std::size_t>(
        std::count_if(connections_.begin(), connections_.end(),
                      [](const auto& c) { return !c.second->all_sent(); }));
  }

 private:
  /// A coordinator to keep a link to.
  struct Target {
    Target(asio::io_context& io, HostPort to) : where{std::move(to)}, timer{io} {}
    HostPort where;
    asio::steady_timer timer;
    unsigned failures = 0;
    LinkId link;
    Clock::time_point since;  ///< when `link` was made
    LinkId twin;              ///< the link over which its coordinator is reached already
    Sparse said;              ///< why there is no link, in this outage
    unsigned parked = 0;      ///< how many times in a row it was closed for its twin
  };

  /// A handshake's end, brought from its thread to the loop; dropped when the hub is gone.
  template <class Do>
  Handshaker::Done on_loop(Do what) {
    return [weak = weak_from_this(), &io = io_, what](const std::string& from,
                                                      Result<Established> result) {
      auto shared = std::make_shared<Result<Established>>(std::move(result));
      asio::post(io, [weak, shared, what, from] {
        if (const auto self = weak.lock()) what(*self, from, std::move(*shared));
      });
    };
  }

  void accepted(const std::string& from, Result<Established> result) {
    if (!result) {
      ++shared_->stats.handshakes_failed;
      return refused(from, result.error().detail);
    }
    if (stopping_) return;
    if (connections_.size() >= shared_->limits.links_max) {
      ++shared_->stats.handshakes_failed;
      return refused(from, "as many links are up as links_max allows");
    }
    add(std::move(*result), true);
  }

  /// Somebody came and got no link: who runs the coordinator must see why, in few lines.
  void refused(const std::string& from, const std::string& why) {
    if (const auto times = refused_.due(why); times > 0)
      spdlog::warn("link refused from={} why=\"{}\" times={}", from, printable(why), times);
  }

  LinkId add(Established established, bool speaks_first) {
    const LinkId id{++last_link_};
    auto connection =
        std::make_shared<Connection>(io_, id, std::move(established), speaks_first, shared_);
    connections_.emplace(id, connection);
    connection->start();
    return id;
  }

  /// Two addresses may lead to one coordinator, which keeps one link to an agent: without this
  /// the links would end each other for ever.
  std::string why_not(LinkId id, std::uint64_t incarnation) {
    const auto ours = std::find_if(targets_.begin(), targets_.end(),
                                   [id](const auto& t) { return t->link == id; });
    if (ours == targets_.end()) return "";
    (*ours)->twin = {};
    for (const auto& other : targets_) {
      const auto connection = other->link == id ? nullptr : find(other->link);
      if (!connection || !connection->up() || connection->peer_incarnation() != incarnation)
        continue;
      (*ours)->twin = other->link;
      ++shared_->stats.doubles_refused;
      return "its coordinator is linked already, through " + other->where.host + ":" +
             std::to_string(other->where.port);
    }
    (*ours)->parked = 0;
    return "";
  }

  void dial(std::size_t index) {
    if (stopping_) return;
    handshaker_.connect(
        targets_[index]->where, client_context_, {cluster_, "coordinator"},
        on_loop([index](Impl& self, const std::string&, Result<Established> result) {
          self.dialled(index, std::move(result));
        }));
  }

  void dialled(std::size_t index, Result<Established> result) {
    if (stopping_) return;
    auto& target = *targets_[index];
    if (result) {
      target.link = add(std::move(*result), false);
      target.since = Clock::now();
      return;
    }
    ++shared_->stats.handshakes_failed;
    say_why(target, result.error().detail);
    redial(index);
  }

  /// Once per outage, and now and then: a coordinator may stay away for hours.
  void say_why(Target& target, const std::string& why) {
    if (target.said.due(why) > 0)
      spdlog::warn("no link to {}:{}: {}", target.where.host, target.where.port, printable(why));
  }

  /// Full jitter: uniform in [0, min(reconnect_max, reconnect_min · 2^failures)].
  void redial(std::size_t index) {
    auto& target = *targets_[index];
    const auto& limits = shared_->limits;
    const auto most =
        std::min<std::int64_t>(limits.reconnect_max.count(), limits.reconnect_min.count()
                                                                 << std::min(target.failures, 16U));
    ++target.failures;
    dial_after(index, Millis{std::uniform_int_distribution<std::int64_t>{0, most}(random_)});
  }

  /// Keeps away from a coordinator that another target has a link to.
  void park(std::size_t index) {
    auto& target = *targets_[index];
    ++target.failures;
    dial_after(index, shared_->limits.reconnect_max *
                          (1U << std::min(target.parked++, parked_doublings_max)));
  }

  void dial_after(std::size_t index, Millis after) {
    auto& target = *targets_[index];
    target.timer.expires_after(after);
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
    if (!connection->up() && !connection->from().empty() && !stopping_)
      refused(connection->from() + " peer=" + connection->peer().name, "before its hello: " + why);
    for (std::size_t i = 0; i < targets_.size(); ++i) {
      if (targets_[i]->link == id) ended(i, *connection, why);
      if (targets_[i]->twin == id) twin_ended(i);
    }
  }

  /// The link of this target is gone.
  void ended(std::size_t index, const Connection& connection, const std::string& why) {
    auto& target = *targets_[index];
    target.link = {};
    // A link that is dropped as soon as it is up must not be dialled in a tight loop.
    if (connection.up() && Clock::now() - target.since > shared_->limits.reconnect_max) {
      target.failures = 0;
      target.said = {};
    }
    if (!connection.up()) say_why(target, why);
    if (stopping_) return;
    if (find(target.twin))
      park(index);
    else
      redial(index);
  }

  /// What stood between this target and its coordinator is gone: now it may take over.
  void twin_ended(std::size_t index) {
    auto& target = *targets_[index];
    target.twin = {};
    target.parked = 0;
    if (stopping_ || target.timer.cancel() == 0) return;  // it is being dialled already
    target.failures = 0;
    redial(index);
  }

  void sweep() {
    // A connection that ends says so later, from the loop: the map stays as it is.
    const auto now = Clock::now();
    const auto late = now - sweep_due_;
    const auto stalled = late > sweep_every ? late : Clock::duration{0};
    for (auto& [id, connection] : connections_) connection->check(now, stalled);
    shared_->credit.serve();  // what ended links gave back
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
  std::shared_ptr<Connection::Shared> shared_ = std::make_shared<Connection::Shared>();
  std::unordered_map<LinkId, std::shared_ptr<Connection>> connections_;
  std::vector<std::unique_ptr<Target>> targets_;
  tls::Context client_context_;
  std::string cluster_;
  std::mt19937_64 random_;
  Sparse refused_;
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

std::size_t Hub::unsent() const { return impl_->unsent(); }

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
