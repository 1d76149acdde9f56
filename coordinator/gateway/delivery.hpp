// What one client gets, and how much of it has left: a whole answer, or a stream whose head is
// withheld until there is something to say.
#pragma once

#include "actors/net/http/server.hpp"
#include "coordinator/gateway/auth.hpp"
#include "coordinator/gateway/errors.hpp"
#include "schema/types/brain.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace weir::gateway {

class Delivery {
 public:
  Delivery(net::http::ExchangePtr exchange, std::string public_id, Caller caller,
           TimePoint received, Dialect front);

  /// See net::http::Exchange. Both must not keep this object alive.
  void on_gone(std::function<void(bool slow)> gone) { exchange_->on_gone(std::move(gone)); }
  void on_sent(std::function<void(std::size_t bytes)> sent) { exchange_->on_sent(std::move(sent)); }

  /// The whole answer of an engine, in the client's dialect: its status, type and body.
  void respond(int status, const std::string& content_type, std::string body,
               const Placement& placement, TimePoint now);
  /// A typed error: a response of its own, or, once the head is out, an error event.
  void fail(const Refusal& refusal, std::optional<Grade> grade, std::uint8_t attempts,
            TimePoint now);
  /// Sends the head of a stream; `placement` is absent while it is not known.
  void open(const Placement* placement, TimePoint now);
  bool opened() const { return opened_; }
  /// `event` keeps proxies and clients from giving up.
  void keep_alive(std::string_view event) { write(event); }
  /// Sends whole events made from `engine_bytes` of the engine's answer.
  /// returns  the engine's bytes that are now done with: the engine may send as many more.
  std::size_t events(std::string_view text, std::size_t engine_bytes);
  /// `bytes` left for the client. returns  as events().
  std::size_t sent(std::size_t bytes);
  /// The engine's bytes so far were granted on a link that is gone.
  void forget_owed() { owed_ = 0; }
  /// The stream is complete.
  void end() { exchange_->end(); }

  Caller& caller() { return caller_; }
  const Caller& caller() const { return caller_; }
  std::uint64_t written() const { return written_; }
  TimePoint received() const { return received_; }
  double seconds(TimePoint now) const {
    return std::chrono::duration<double>(now - received_).count();
  }

 private:
  net::http::Headers headers(TimePoint now) const;
  std::size_t grant();
  void write(std::string_view bytes);

  net::http::ExchangePtr exchange_;
  std::string public_id_;
  Caller caller_;
  TimePoint received_;
  Dialect front_;
  bool opened_ = false;
  std::uint64_t written_ = 0;   ///< bytes of the stream, in all
  std::uint64_t sent_ = 0;      ///< of these, known to have left
  std::uint64_t reported_ = 0;  ///< by on_sent, in all
  std::size_t owed_ = 0;        ///< engine bytes behind what has not left
};

}  // namespace weir::gateway
