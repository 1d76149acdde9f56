// What each file holds: one function per kind of file reads the whole map.
#pragma once

#include "schema/config/binder.hpp"
#include "schema/types/settings.hpp"

namespace weir::config {

void read(Binder& top, CoordinatorSettings& settings);
void read(Binder& top, AgentSettings& settings);
void read(Binder& top, PolicySettings& settings);
/// `policy: FILE`, the same in both programs' files: reads that file and reports its errors.
/// returns nullopt where there is none, or it is wrong.
std::optional<PolicySettings> read_policy(Binder& top, std::string& file);
/// A list of {tenant, at_least}, no tenant twice.
void read_floors(Binder& top, const char* key, std::vector<GradeFloor>& floors);
/// `tls`, the same in both files.
void read_tls(Binder& top, TlsFiles& tls);
/// `confine: true|false|required`, the same in both files.
void read_confine(Binder& top, Confine& out);

}  // namespace weir::config
