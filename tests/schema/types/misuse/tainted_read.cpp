// Only the office reads what came in.
#include "schema/types/clearance.hpp"

namespace weir {

std::size_t length(const Tainted& body) {
  return body.bytes_.size();  // must not compile: is private
}

}  // namespace weir
