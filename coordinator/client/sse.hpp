// Server-sent events, read as their bytes come.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace weir::client {

/// Bytes of one event; a longer one ends the stream.
inline constexpr std::size_t event_bytes_max = std::size_t{4} << 20U;

class SseReader {
 public:
  /// Gets each event's name (may be empty) and its data lines, joined by '\n'.
  using OnEvent = std::function<void(const std::string& name, const std::string& data)>;

  /// Reads on; bytes may be cut anywhere. returns  false where an event exceeds
  /// event_bytes_max: the reader is then of no further use. O(bytes).
  bool feed(std::string_view bytes, const OnEvent& on_event);

 private:
  void line(const OnEvent& on_event);

  std::string line_;
  std::string name_;
  std::string data_;
  bool has_data_ = false;
  bool after_cr_ = false;  ///< a '\n' that follows belongs to the line already ended
};

}  // namespace weir::client
