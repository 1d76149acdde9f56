// One detector with the factory's rules for all tests: compiling its patterns takes a while.
#pragma once

#include "actors/domain/grading/detector.hpp"

#include <memory>

namespace weir::domain {

inline const std::shared_ptr<const Detector>& factory_detector() {
  static const auto detector = *Detector::make({});
  return detector;
}

}  // namespace weir::domain
