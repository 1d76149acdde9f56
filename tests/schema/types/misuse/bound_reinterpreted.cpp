// A cast makes the type, not the access.
#include "schema/types/clearance.hpp"

#include <utility>

namespace weir {

std::string steal(std::string body) {
  return reinterpret_cast<CloudBound&&>(body).bytes_;  // must not compile: is private
}

}  // namespace weir
