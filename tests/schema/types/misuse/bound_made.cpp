// Only the office makes what leaves.
#include "schema/types/clearance.hpp"

#include <utility>

namespace weir {

CloudBound forge(std::string body, Clearance clearance) {
  return CloudBound{std::move(body), std::move(clearance),
                    nullptr};  // must not compile: is private
}

}  // namespace weir
