// Reads single figures from a Prometheus text page.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace weir::engines {

/// All samples of one name, whatever their labels.
struct Samples {
  double sum = 0;
  std::size_t count = 0;  ///< at least 1
};
/// The samples called exactly `name`; nullopt where there is none. Values that are negative or not
/// finite are left out. O(text).
std::optional<Samples> samples(std::string_view text, std::string_view name);

}  // namespace weir::engines
