#include "actors/net/confine/confine.hpp"

#include "actors/net/confine/landlock.hpp"
#include "actors/net/confine/seccomp.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace weir::net {

namespace {

constexpr int abi_with_ports = 4;

void note(std::string& lacks, const std::string& what) {
  lacks += (lacks.empty() ? "" : "; ") + what;
}

/// No core file, no memory shown to other processes of this user, no privileges by exec.
void keep_memory_private(ConfinedBy& by) {
  const rlimit none{0, 0};
  by.memory = ::setrlimit(RLIMIT_CORE, &none) == 0;
#ifndef __SANITIZE_ADDRESS__  // LeakSanitizer attaches to its own process
  by.memory = ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 && by.memory;
#endif
  by.memory = ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && by.memory;
  if (!by.memory) note(by.lacks, std::string{"memory and core: "} + std::strerror(errno));
}

bool alone() {
  std::error_code failed;
  std::filesystem::directory_iterator threads{"/proc/self/task", failed};
  return failed || std::distance(begin(threads), end(threads)) == 1;
}

}  // namespace

Result<ConfinedBy> confine(const Confinement& what, Confine wanted) {
  ConfinedBy by;
  by.connect = what.may_connect;
  if (wanted == Confine::off) {
    by.lacks = "confine is false";
    return by;
  }
  if (!alone()) note(by.lacks, "other threads were running already");
  keep_memory_private(by);
  if (const int abi = landlock_abi(); abi == 0) {
    note(by.lacks, "this kernel has no Landlock");
  } else if (const auto done = landlock(what, abi)) {
    by.landlock = abi;
    if (abi < abi_with_ports && what.may_connect)
      note(by.lacks, "this kernel's Landlock knows no ports");
  } else if (done.error().code == Code::invalid_config) {
    return done.error();
  } else {
    note(by.lacks, done.error().detail);
  }
  if (const auto done = deny_calls(what.may_connect))
    by.seccomp = true;
  else
    note(by.lacks, done.error().detail);
  if (wanted == Confine::required && (by.landlock == 0 || !by.seccomp || !by.memory))
    return Error{Code::not_supported, "confine is required: " + by.lacks};
  return by;
}

Result<Done> seal(const ConfinedBy& by) {
  return by.seccomp ? deny_listeners(by.connect) : Result<Done>{Done{}};
}

std::string text_of(const ConfinedBy& by) {
  std::string text = by.landlock > 0 ? "landlock " + std::to_string(by.landlock) : "";
  if (by.seccomp) text += std::string{text.empty() ? "" : ", "} + "seccomp";
  if (by.seccomp && !by.connect) text += ", no connect";
  if (text.empty()) text = by.memory ? "memory and core alone" : "by nothing";
  return by.lacks.empty() ? text : text + " (" + by.lacks + ")";
}

}  // namespace weir::net
