// Whether bytes are UTF-8.
#pragma once

#include <cstddef>
#include <string_view>

namespace weir {

/// How many bytes of `text` are well-formed UTF-8 (Unicode, table 3-7), counted from its beginning.
/// O(text).
std::size_t utf8_prefix_bytes(std::string_view text);
inline bool is_utf8(std::string_view text) { return utf8_prefix_bytes(text) == text.size(); }

}  // namespace weir
