// What passed is sent once.
#include "schema/types/clearance.hpp"

namespace weir {

Cleared twice(const Cleared& bytes) {
  return bytes;  // must not compile: deleted function
}

}  // namespace weir
