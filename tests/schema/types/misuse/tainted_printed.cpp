// What came in is not shown.
#include "schema/types/clearance.hpp"

#include <ostream>

namespace weir {

void show(std::ostream& out, const Tainted& body) {
  out << body;  // must not compile: no match for
}

}  // namespace weir
