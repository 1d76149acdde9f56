// One clearance, one send: a second attempt asks the guard again.
#include "schema/types/clearance.hpp"

namespace weir {

CloudBound twice(const CloudBound& bytes) {
  return bytes;  // must not compile: deleted function
}

}  // namespace weir
