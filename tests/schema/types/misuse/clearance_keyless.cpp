// There is no office without a key and a detector.
#include "actors/domain/clearance.hpp"

namespace weir {

domain::ClearanceOffice office() {
  return {domain::Digests{}};  // must not compile: could not convert
}

}  // namespace weir
