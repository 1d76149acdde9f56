// What the text of an engine's error tells.
#pragma once

#include <string>
#include <string_view>

namespace weir::dialect {

/// Whether it says that the prompt is too long for the context; many tell so in words alone. O(n).
bool tells_of_context(std::string_view message);
/// At most 4096 bytes of `text`, whole characters.
std::string cut_message(const std::string& text);

}  // namespace weir::dialect
