#include "actors/domain/spill.hpp"

namespace weir::domain {

bool SpillMode::press(TimePoint now) {
  pressed_ = now;
  if (on_ || (changed_ && now - *changed_ < dwell)) return false;
  on_ = true;
  changed_ = now;
  return true;
}

bool SpillMode::look(TimePoint now) {
  if (!on_ || now - *changed_ < dwell || now - *pressed_ < dwell) return false;
  on_ = false;
  changed_ = now;
  return true;
}

}  // namespace weir::domain
