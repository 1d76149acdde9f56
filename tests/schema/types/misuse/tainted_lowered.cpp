// A grade is never made laxer.
#include "schema/types/clearance.hpp"

namespace weir {

void lower(Tainted& body) {
  body.grade_ = Grade::p2;  // must not compile: is private
}

}  // namespace weir
