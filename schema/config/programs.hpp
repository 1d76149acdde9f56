// What each program's file holds: one function per program reads the whole map.
#pragma once

#include "schema/config/binder.hpp"
#include "schema/types/settings.hpp"

namespace weir::config {

void read(Binder& top, CoordinatorSettings& settings);
void read(Binder& top, AgentSettings& settings);
/// `tls`, the same in both files.
void read_tls(Binder& top, TlsFiles& tls);

}  // namespace weir::config
