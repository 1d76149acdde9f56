#include "schema/dialect/splice.hpp"

#include "schema/types/assert.hpp"

#include <algorithm>

namespace weir::dialect::openai {

void append_spliced(std::string& out, std::string_view text, std::span<Edit> edits) {
  std::sort(edits.begin(), edits.end(),
            [](const Edit& a, const Edit& b) { return a.range.begin < b.range.begin; });
  std::size_t from = 0;
  for (const auto& e : edits) {
    WEIR_ASSERT(e.range.begin >= from && e.range.end >= e.range.begin &&
                e.range.end <= text.size());
    out.append(text.substr(from, e.range.begin - from)).append(e.with);
    from = e.range.end;
  }
  out.append(text.substr(from));
}

}  // namespace weir::dialect::openai
