// One lazy timer for a deadline that moves with every request: later deadlines cost nothing, the
// timer looks again when it fires; an earlier one re-arms it at once.
#pragma once

#include "actors/net/asio.hpp"
#include "schema/types/units.hpp"

#include <cstdint>
#include <functional>
#include <memory>

namespace weir::net::http {

/// Asio's types bound to the io_context itself: no type-erased executor per operation.
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;

inline constexpr TimePoint never = TimePoint::max();
inline TimePoint now() { return std::chrono::steady_clock::now(); }

class Deadline {
 public:
  explicit Deadline(asio::io_context& io) : timer_{io} {}

  /// `expired` runs each time a deadline passes, while `owner` (who holds this) is alive.
  void bind(std::weak_ptr<void> owner, std::function<void()> expired);
  /// `never` for none.
  void set(TimePoint at);
  /// Nothing runs any more, until the next set().
  void stop();

 private:
  void arm();

  Timer timer_;
  std::weak_ptr<void> owner_;
  std::function<void()> expired_;
  TimePoint at_ = never;
  TimePoint armed_ = never;  ///< when the pending wait fires; never: none is pending
  std::uint64_t wait_ = 0;   ///< number of the pending wait: older ones are ignored
};

}  // namespace weir::net::http
