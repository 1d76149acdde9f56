// What the name of a request's field tells.
#pragma once

#include <string_view>

namespace weir::dialect::openai {

/// Whether a field would send a request elsewhere, or carries credentials for elsewhere: in either
/// case and with `-` for `_`.
bool redirects(std::string_view key);
/// Whether a reader that ignores case, as Go's does, would take this field for another one that
/// requests have: `Model` for `model`. Such a reader would see what we did not check.
bool disguised(std::string_view key);
/// Whether a field only says how the tokens of a text are chosen, where it ends, or who asks.
bool chooses_text(std::string_view key);

}  // namespace weir::dialect::openai
