// It is not logged.
#include "schema/types/vault.hpp"

#include <fmt/format.h>

namespace weir {

std::string shown(const Vault& vault) {
  return fmt::format("{}", vault);  // must not compile: required from here
}

}  // namespace weir
