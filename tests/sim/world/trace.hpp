// The last things that happened, for the report of a violation; all of them with --trace.
#pragma once

#include "schema/types/ids.hpp"
#include "schema/types/units.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir::sim {

struct Note {
  TimePoint at;
  std::string_view who;   ///< outlives the trace
  std::string_view what;  ///< outlives the trace
  AttemptId attempt;      ///< request 0: about none
  std::int64_t figure = -1;
  std::string_view more;  ///< outlives the trace
};

class Trace {
 public:
  static constexpr std::size_t kept = 60;

  Trace(TimePoint begin, bool print) : begin_{begin}, print_{print} {}
  void add(const Note& note);
  /// Oldest first.
  std::vector<std::string> last() const;

 private:
  std::string text(const Note& note) const;

  TimePoint begin_;
  bool print_;
  std::array<Note, kept> notes_;
  std::size_t added_ = 0;
};

}  // namespace weir::sim
