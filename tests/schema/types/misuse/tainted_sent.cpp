// What came in is not what leaves: a proxy is given bytes that were cleared.
#include "schema/types/clearance.hpp"

#include <utility>

namespace weir {

void send(CloudBound bytes);
void leak(Tainted body) {
  send(std::move(body));  // must not compile: could not convert
}

}  // namespace weir
