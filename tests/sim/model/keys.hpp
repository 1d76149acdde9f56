// The office of the model's coordinator: the product's own, with its own detector and redaction.
#pragma once

#include "actors/domain/clearance.hpp"
#include "tests/actors/domain/detectors.hpp"
#include "tests/actors/domain/digests.hpp"

namespace weir::model {

inline constexpr std::uint64_t coordinator_incarnation = 77;

inline Sha256 guard_key() {
  Sha256 key{};
  key.fill(7);
  return key;
}

inline const domain::ClearanceOffice& office() {
  static const domain::ClearanceOffice one{domain::toy_digests, guard_key(),
                                           domain::factory_detector()};
  return one;
}

}  // namespace weir::model
