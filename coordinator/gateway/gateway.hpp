// The coordinator's HTTP face: who may ask what, and who answers it. On the io thread alone.
#pragma once

#include "actors/net/http/server.hpp"
#include "actors/ports/brain.hpp"
#include "actors/ports/link.hpp"
#include "coordinator/gateway/asks.hpp"
#include "coordinator/gateway/auth.hpp"
#include "coordinator/gateway/dispatcher.hpp"
#include "coordinator/gateway/gateway_metrics.hpp"
#include "coordinator/gateway/outcomes.hpp"
#include "coordinator/gateway/replier.hpp"
#include "coordinator/gateway/routes.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::gateway {

struct GatewaySettings {
  std::vector<ApiKey> keys;         ///< none: no key is asked
  bool admin_apart = false;         ///< health, metrics and /weir/v1 have a listener of their own
  std::int64_t created_unix_s = 0;  ///< what models say they were created at
  DispatcherSettings dispatcher;
};

/// Where ended decisions go, and where old ones are found again. Both may be empty.
struct Decisions {
  std::function<void(Explanation)> keep;
  /// `done` runs once, on the io thread.
  std::function<void(const std::string& public_id,
                     std::function<void(Result<std::optional<Explanation>>)> done)>
      find;
};

class Gateway : public std::enable_shared_from_this<Gateway> {
 public:
  /// `brain` and `metrics` must outlive it.
  static std::shared_ptr<Gateway> make(asio::io_context& io, GatewaySettings settings,
                                       ports::Brain& brain, telemetry::Metrics& metrics,
                                       Decisions decisions);

  /// Links speak to events(); messages go to `link` between attach() and detach().
  ports::LinkEvents& events() { return *dispatcher_; }
  void attach(ports::Link& link) { dispatcher_->attach(link); }
  void detach() { dispatcher_->detach(); }
  /// See Dispatcher.
  void guard_with(ports::Guard& guard) {
    guard_ = &guard;
    dispatcher_->guard_with(guard);
  }

  /// A request on the `http` listener, or on the `admin` one.
  void handle(net::http::Request request, net::http::ExchangePtr exchange, bool admin = false);
  /// What is answered before a large body is read: 401, 404, 405, 501.
  std::optional<net::http::Response> early_answer(const net::http::Request& head, bool admin);
  /// Carries out what the brain decided, in order.
  void apply(std::vector<BrainEffect> effects);

  /// The body of an error that the HTTP server answers by itself.
  net::http::Response server_error(int status, std::string_view path);

  void replace_keys(const std::vector<ApiKey>& keys) { keys_.replace(keys); }
  /// Admits nothing more; not ready from now on. What runs goes on.
  void stop();
  /// Requests that have not ended.
  std::size_t running() const { return dispatcher_->running(); }
  /// Ends them all with an error.
  void abandon() { dispatcher_->abandon(); }

 private:
  Gateway(asio::io_context& io, GatewaySettings settings, ports::Brain& brain,
          telemetry::Metrics& metrics, Decisions decisions);

  void name(net::http::Response& response, std::string_view path);
  Match route(std::string_view path, bool admin) const;
  void serve(net::http::Request request, const net::http::ExchangePtr& exchange, const Match& to);
  struct Refused {
    Refusal refusal;
    net::http::Headers headers;
  };
  struct Checked {
    std::optional<Refused> refused;
    Caller caller;
  };
  Checked check(const std::string& method, const net::http::Headers& headers,
                const Match& to) const;
  void serve_data(Endpoint endpoint, RequestId id, net::http::Request request, Caller caller,
                  const Replier& reply);
  /// Admits a readable request, once it is known to be no retry of another.
  void admit_data(Intake intake, std::string body, Caller caller, const Replier& reply);
  void count_refused(const Refusal& refusal);
  void refuse_limited(const Replier& reply, Millis wait, const Caller& caller);
  void refuse_data(const Replier& reply, Refusal refusal, const Caller& caller);
  void serve_models(const Replier& reply, const Match& to, bool anthropic);
  void serve_control(const Replier& reply, const Match& to);
  void serve_health(const Replier& reply, Route route);
  void serve_metrics(const Replier& reply);
  void explain(const Replier& reply, const std::string& public_id);

  // gateway_guard.cpp: what is looked at and does not run
  std::shared_ptr<const std::string> hold(std::string text);
  template <class Answer, class Ask>
  void within_time(Answer unknown, std::function<void(const Answer&)> then, Ask ask);
  void suppose(Intake intake, std::string text, Caller& caller, const Replier& reply);
  void serve_scan(const Replier& reply, const net::http::Request& request);

  asio::io_context& io_;
  GatewaySettings settings_;
  ports::Brain& brain_;
  GatewayMetrics metrics_;
  Decisions decisions_;
  Keys keys_;
  Asks asks_;
  ports::Guard* guard_ = nullptr;
  /// Of the texts of gateway_guard.cpp, which a thread of the guard may hold last.
  std::shared_ptr<std::atomic<std::size_t>> looked_at_bytes_ =
      std::make_shared<std::atomic<std::size_t>>(0);
  std::shared_ptr<Dispatcher> dispatcher_;
  std::shared_ptr<Outcomes> outcomes_;
  bool stopping_ = false;
};

}  // namespace weir::gateway
