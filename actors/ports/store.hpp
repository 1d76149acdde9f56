// Where decisions are kept beyond the brain's memory ring.
#pragma once

#include "schema/types/brain.hpp"

#include <functional>
#include <optional>
#include <string>

namespace weir::ports {

/// Written behind, never on the request path. Implementations are owned by one detached actor.
class Store {
 public:
  virtual ~Store() = default;
  /// Writes a batch in one transaction. O(batch).
  virtual Result<Done> write(const std::vector<Explanation>& batch) = 0;
  /// errors  internal: the file cannot be read. An unknown id is an empty optional.
  virtual Result<std::optional<Explanation>> find(const std::string& public_id) = 0;
};

}  // namespace weir::ports
