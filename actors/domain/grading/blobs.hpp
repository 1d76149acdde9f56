// Runs of base64 and hex inside a text.
#pragma once

#include "actors/domain/grading/reading.hpp"

#include <string>

namespace weir::domain {

struct Blob {
  Span span;
  std::string text;         ///< what it decodes to, where that is text
  bool unreadable = false;  ///< it is large, or a data URL, and is no text
};
/// The blobs of `reading` that decode to text or that nobody can read. O(text).
std::vector<Blob> find_blobs(const Reading& reading);

/// Pieces of string literals that are joined: `"AKIA" + "XYZ"`. `text` is empty where none are.
struct Joined {
  std::string text;
  OffsetMap map;
  std::vector<std::size_t> joints;  ///< in `text`
};
Joined join_literals(std::string_view text);

}  // namespace weir::domain
