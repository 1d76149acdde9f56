// What came in is in one place of memory: it cannot be copied.
#include "schema/types/clearance.hpp"

namespace weir {

Tainted twice(const Tainted& body) {
  return body;  // must not compile: deleted function
}

}  // namespace weir
