// What placeholders stand for is in one place of memory.
#include "schema/types/vault.hpp"

namespace weir {

Vault twice(const Vault& vault) {
  return vault;  // must not compile: deleted function
}

}  // namespace weir
