// It is not shown.
#include "schema/types/vault.hpp"

#include <ostream>

namespace weir {

void show(std::ostream& out, const Vault& vault) {
  out << vault;  // must not compile: no match for
}

}  // namespace weir
