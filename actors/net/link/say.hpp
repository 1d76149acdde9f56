// What strangers cause or say, made fit for the log.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace weir::net::link {

/// A peer's text with everything but printable ASCII, and quotes, replaced by '?': it cannot end
/// a log line, begin a field or move a terminal's cursor.
inline std::string printable(std::string_view text) {
  std::string out{text};
  for (char& c : out)
    if (c < ' ' || c > '~' || c == '"' || c == '\\') c = '?';
  return out;
}

/// Lets the first of a kind into the log and each hundredth after it. Keeps at most 64 kinds;
/// all further ones count as one.
class Sparse {
 public:
  /// How many times `what` has happened where it is due to be said; 0 where it is not.
  std::uint64_t due(const std::string& what) {
    const bool kept = seen_.size() < kinds_max || seen_.count(what) != 0;
    const auto times = ++seen_[kept ? what : std::string{}];
    return times % every == 1 ? times : 0;
  }

 private:
  static constexpr std::size_t kinds_max = 64;
  static constexpr std::uint64_t every = 100;
  std::map<std::string, std::uint64_t> seen_;
};

}  // namespace weir::net::link
