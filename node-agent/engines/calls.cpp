#include "node-agent/engines/calls.hpp"

#include <utility>

namespace weir::engines {
namespace {

/// Connections that wait for their next request.
constexpr std::size_t idle_max = 256;

}  // namespace

Result<EngineAddress> engine_address(const EngineSettings& settings) {
  EngineAddress to;
  WEIR_TRY(to.origin, net::http::parse_origin(settings.url));
  if (to.origin.prefix.ends_with("/v1")) to.origin.prefix.resize(to.origin.prefix.size() - 3);
  if (to.origin.https) {
    WEIR_TRY(to.tls, net::tls::https_client_context(settings.ca));
  }
  return to;
}

Calls::Calls(asio::io_context& io, EngineAddress to)
    : to_{std::move(to)}, client_{io, to_.tls, idle_max} {}

void Calls::start(AttemptId attempt, net::http::ClientRequest request, ports::EngineAnswer answer,
                  Judge fails) {
  auto told = std::make_shared<ports::EngineAnswer>(std::move(answer));
  net::http::ClientAnswer handlers;
  handlers.on_head = [this, told, attempt, fails = std::move(fails)](
                         int status, const net::http::Headers& head) {
    if (fails(status, head)) return fail(attempt, status, *told);
    told->on_begin(static_cast<std::uint16_t>(status),
                   std::string{net::http::find(head, "content-type").value_or("")});
  };
  handlers.on_bytes = [told](std::span<const std::byte> bytes) { told->on_bytes(bytes); };
  handlers.on_end = [this, told, attempt](Result<Done> ended) {
    calls_.erase(attempt);
    told->on_end(std::move(ended), 0);
  };
  calls_[attempt] = client_.start(to_.origin, std::move(request), std::move(handlers));
}

void Calls::ask(AttemptId attempt, net::http::ClientRequest request, std::size_t bytes_max,
                std::function<void(Result<net::http::Response>)> done) {
  calls_[attempt] = net::http::fetch(
      client_, to_.origin, std::move(request), bytes_max,
      [this, attempt, done = std::move(done)](Result<net::http::Response> response) {
        calls_.erase(attempt);
        done(std::move(response));
      });
}

void Calls::fail(AttemptId attempt, int status, const ports::EngineAnswer& answer) {
  if (const auto call = calls_.find(attempt); call != calls_.end()) {
    client_.discard(call->second);
    calls_.erase(call);
  }
  const bool known = is_status(status);
  answer.on_end(Error{Code::upstream_failed, known ? "the engine answered " + std::to_string(status)
                                                   : "the engine answered no HTTP status"},
                known ? static_cast<std::uint16_t>(status) : std::uint16_t{0});
}

bool Calls::cancel(AttemptId attempt) {
  const auto call = calls_.find(attempt);
  if (call == calls_.end()) return false;
  const auto id = call->second;
  calls_.erase(call);
  client_.cancel(id);
  return true;
}

void Calls::pause(AttemptId attempt, bool on) {
  if (const auto call = calls_.find(attempt); call != calls_.end()) client_.pause(call->second, on);
}

}  // namespace weir::engines
