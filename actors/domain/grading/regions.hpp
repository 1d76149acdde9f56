// Where a Chinese address begins.
#pragma once

#include <cstddef>
#include <string_view>

namespace weir::domain {

/// The first province, city or district by its form or its name in `text`; npos: none.
std::size_t first_region(std::string_view text);

}  // namespace weir::domain
