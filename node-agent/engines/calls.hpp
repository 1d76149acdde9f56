// The HTTP calls that one engine's jobs make: one job, one call.
#pragma once

#include "actors/net/http/client.hpp"
#include "actors/ports/engine.hpp"
#include "schema/types/settings.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

namespace weir::engines {

/// Where an engine is, and how to trust it.
struct EngineAddress {
  net::http::Origin origin;  ///< prefix without a trailing /v1
  std::optional<net::tls::Context> tls;
};
/// errors  invalid_config: the url or the CA file.
Result<EngineAddress> engine_address(const EngineSettings& settings);

/// HTTP knows no other status for an answer, and the link carries none.
constexpr bool is_status(int status) { return status >= 200 && status <= 599; }

/// Everything on the io thread.
class Calls {
 public:
  /// Whether an answer with this head is the engine's trouble rather than its answer.
  using Judge = std::function<bool(int status, const net::http::Headers& headers)>;

  Calls(asio::io_context& io, EngineAddress to);

  /// A failing answer is told at its head, as Code::upstream_failed and with its status: whoever
  /// waits for this job need not wait for the text of an error, which is read by nobody.
  void start(AttemptId attempt, net::http::ClientRequest request, ports::EngineAnswer answer,
             Judge fails);
  /// A call for a job that is not there yet: its whole answer, at most so many bytes.
  void ask(AttemptId attempt, net::http::ClientRequest request, std::size_t bytes_max,
           std::function<void(Result<net::http::Response>)> done);
  /// Ends the call and its connection; no callback follows. returns whether there was one.
  bool cancel(AttemptId attempt);
  void pause(AttemptId attempt, bool on);
  std::size_t running() const { return calls_.size(); }

  net::http::Client& client() { return client_; }
  const net::http::Origin& origin() const { return to_.origin; }

 private:
  void fail(AttemptId attempt, int status, const ports::EngineAnswer& answer);

  EngineAddress to_;
  net::http::Client client_;
  std::unordered_map<AttemptId, net::http::CallId> calls_;
};

}  // namespace weir::engines
