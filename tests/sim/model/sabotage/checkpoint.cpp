// Instead of actors/domain/checkpoint_refusal.cpp: a proxy believes everybody.
#include "actors/domain/clearance.hpp"

namespace weir::domain {

const char* Checkpoint::refusal(TimePoint, const Arrived&, const Scan&) { return nullptr; }

}  // namespace weir::domain
