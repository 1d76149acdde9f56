// What the coordinator cleared still has to pass the proxy.
#include "schema/types/clearance.hpp"

#include <utility>

namespace weir {

Cleared skip(CloudBound bytes) {
  return std::move(bytes);  // must not compile: could not convert
}

}  // namespace weir
