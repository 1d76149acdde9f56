// Nor does any string leave.
#include "schema/types/clearance.hpp"

#include <utility>

namespace weir {

void send(CloudBound bytes);
void leak(std::string body) {
  send(std::move(body));  // must not compile: could not convert
}

}  // namespace weir
