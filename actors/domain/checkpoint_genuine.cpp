// Whether a coordinator's guard made a clearance. Alone in its file: a test puts another in its
// place.
#include "actors/domain/clearance.hpp"

namespace weir::domain {

bool Checkpoint::genuine(const Coordinator& of, const Clearance& clearance) const {
  return same(clearance.mac, digests_.hmac(of.key, canonical(clearance.terms)));
}

}  // namespace weir::domain
