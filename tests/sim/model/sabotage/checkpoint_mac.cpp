// Instead of actors/domain/checkpoint_genuine.cpp: anybody may write a clearance.
#include "actors/domain/clearance.hpp"

namespace weir::domain {

bool Checkpoint::genuine(const Coordinator&, const Clearance&) const { return true; }

}  // namespace weir::domain
