// Landlock by its system calls: Debian 12's headers know ABI 2, the kernel may offer more.
#pragma once

#include "actors/net/confine/confine.hpp"

namespace weir::net {

/// The ABI the kernel offers; 0: none.
int landlock_abi();

/// Restricts this thread, and those it starts, to `what`, as far as `abi` (above 0) reaches.
/// errors  invalid_config: a path cannot be opened; internal: the kernel refused.
Result<Done> landlock(const Confinement& what, int abi);

}  // namespace weir::net
