// `Idempotency-Key`: a retry of a finished request gets its outcome, one of a running request
// waits for it (INTERFACES: request headers; the IETF draft idempotency-key-header).
#pragma once

#include "actors/net/http/server.hpp"
#include "coordinator/gateway/errors.hpp"
#include "schema/types/units.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace asio {
class io_context;
}

namespace weir::gateway {

struct OutcomeLimits {
  Millis keep{24 * 3'600'000};
  std::size_t keys_max = 100'000;              ///< the oldest finished one goes first
  std::size_t bytes_max = 64U << 20U;          ///< of all kept outcomes together
  std::size_t outcome_bytes_max = 1U << 20U;   ///< a larger one is not kept: a retry runs again
  std::size_t waiting_max = 16;                ///< retries that wait for one running request
  std::size_t waiting_bytes_max = 64U << 20U;  ///< bodies of all retries that wait
};

/// Outcomes by key, in memory alone. Kept are answers and the request's own errors; what another
/// try may cure (429, 5xx, a broken stream, a client that left) is not: the next retry runs. On
/// the io thread alone.
class Outcomes : public std::enable_shared_from_this<Outcomes> {
 public:
  explicit Outcomes(asio::io_context& io, OutcomeLimits limits = {}) : io_{io}, limits_{limits} {}

  /// A request as retries must repeat it.
  struct Ask {
    std::string key;     ///< caller and Idempotency-Key
    std::string digest;  ///< of endpoint and body: another request under the same key is refused
    std::size_t body_bytes = 0;  ///< what `run` holds while it waits
  };
  /// A request enters. `run` gets the exchange to answer on: at once where it is the first, or
  /// later and at most once where it waits for another that comes to nothing. It does not run
  /// where the outcome is known by then.
  /// returns  a refusal: the key belongs to another request, or too many wait.
  [[nodiscard]] std::optional<Refusal> enter(const Ask& ask, net::http::ExchangePtr exchange,
                                             TimePoint now,
                                             std::function<void(net::http::ExchangePtr)> run);

  std::size_t keys() const { return entries_.size(); }
  std::size_t bytes() const { return bytes_; }
  std::size_t waiting_bytes() const { return waiting_bytes_; }

 private:
  class Recorder;
  struct Outcome {
    bool streamed = false;
    net::http::Response response;
  };
  struct Waiting {
    net::http::ExchangePtr exchange;
    std::function<void(net::http::ExchangePtr)> run;
    std::size_t body_bytes = 0;
  };
  struct Entry {
    std::string digest;
    TimePoint since;
    std::optional<Outcome> outcome;  ///< absent: running
    std::vector<Waiting> waiting;
    std::list<std::string>::iterator finished;  ///< valid with an outcome
  };

  void start(const std::string& key, Waiting first);
  void settled(const std::string& key, Outcome outcome, TimePoint now);
  void came_to_nothing(const std::string& key);
  void drop(const std::string& key);
  void make_room(TimePoint now);
  static void replay(const Outcome& outcome, net::http::Exchange& to);

  asio::io_context& io_;
  OutcomeLimits limits_;
  std::unordered_map<std::string, Entry> entries_;
  std::list<std::string> finished_;  ///< oldest first
  std::size_t bytes_ = 0;
  std::size_t waiting_bytes_ = 0;
};

/// `what` (endpoint and label), and the SHA-256 of the body.
std::string digest_of(std::string_view what, std::string_view body);

}  // namespace weir::gateway
