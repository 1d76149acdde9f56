// What the client of a plain chat stream has so far, so that another engine can go on from there.
// Pure.
#pragma once

#include "schema/dialect/openai.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace weir::domain {

/// Reads the events that SseStream makes for the client. O(bytes) each.
class SoFar {
 public:
  static constexpr std::size_t text_bytes_max = 256 * 1024;

  /// Takes note of events that leave for the client: whole ones.
  void add(std::string_view events);
  /// The events of an attempt that goes on, as part of the same answer: they bear its id and its
  /// time, and nobody tells the role twice.
  std::string adopt(std::string_view events) const;

  /// The events that may leave now. One that tells why the answer ended is held until another
  /// follows: an answer that is lost between the two can still go on. Call it once for each batch.
  std::string hold(std::string_view events);
  /// Another attempt goes on: what was held is not told.
  void again() { held_.clear(); }

  /// Everything was plain text, of a bounded length, and its end has not been told: it may go on.
  bool may_go_on() const { return plain_ && !finished_; }
  /// It can never go on any more, whatever comes.
  bool hopeless() const { return !plain_; }
  /// Gives its text up: it never goes on.
  void drop() {
    plain_ = false;
    text_ = {};
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::string held_;     ///< an event
  std::string id_;       ///< a JSON value, as the client saw it
  std::string created_;  ///< the same
  bool plain_ = true;
  bool role_ = false;
  bool finished_ = false;
};

}  // namespace weir::domain
