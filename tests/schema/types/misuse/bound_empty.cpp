// Nor is there an empty one, to be filled later.
#include "schema/types/clearance.hpp"

namespace weir {

CloudBound nothing() {
  return CloudBound{};  // must not compile: no matching function
}

}  // namespace weir
