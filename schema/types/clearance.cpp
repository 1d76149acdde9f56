#include "schema/types/clearance.hpp"

namespace weir {

Tainted::~Tainted() {
  volatile char* bytes = bytes_.data();
  for (std::size_t i = 0; i < bytes_.size(); ++i) bytes[i] = 0;
}

}  // namespace weir
