// Only the office signs.
#include "actors/domain/clearance.hpp"

#include <utility>

namespace weir {

Clearance forge(const domain::ClearanceOffice& office, ClearanceTerms terms) {
  return office.sign(std::move(terms));  // must not compile: is private
}

}  // namespace weir
