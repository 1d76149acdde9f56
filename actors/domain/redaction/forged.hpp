// Text that somebody typed to look like one of our placeholders. Pure.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace weir::domain {

/// The bytes [begin, end) of a text.
struct TextRange {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// Every place that begins as a placeholder does: a white square bracket (U+27E6, U+301A, or the
/// first one's JSON escape) and "PII", in letters of either case, full width, mathematical, circled
/// or look-alike, with spaces and invisible characters anywhere between. Each reaches to its
/// closing bracket where that follows within 128 bytes and on the same line, else behind the "PII"
/// and its colon. In order, not overlapping; whole characters of UTF-8. O(text).
std::vector<TextRange> forged_placeholders(std::string_view text);

}  // namespace weir::domain
