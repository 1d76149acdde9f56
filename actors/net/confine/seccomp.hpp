// Seccomp filters: everything is allowed but what is named here; that fails with EPERM.
#pragma once

#include "schema/types/result.hpp"

namespace weir::net {

/// What no program of Weir calls: starting programs, looking into others, changing the machine,
/// new namespaces, io_uring (which goes around filters); without `connect` also connections.
/// For all threads. errors  not_supported: the kernel takes no filter.
Result<Done> deny_calls(bool connect);

/// No further listeners; without `connect` no further sockets. For all threads.
Result<Done> deny_listeners(bool connect);

}  // namespace weir::net
