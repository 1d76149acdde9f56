// Its bytes are taken out once, by whom it was moved to.
#include "schema/types/clearance.hpp"

namespace weir {

std::string peek(const CloudBound& bytes) {
  return bytes.take_bytes();  // must not compile: discards qualifiers
}

}  // namespace weir
