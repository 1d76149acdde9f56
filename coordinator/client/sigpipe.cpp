#include "coordinator/client/sigpipe.hpp"

#include <ctime>

namespace weir::client {
namespace {

sigset_t only_sigpipe() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  return set;
}

bool pending() {
  sigset_t set;
  return sigpending(&set) == 0 && sigismember(&set, SIGPIPE) == 1;
}

}  // namespace

SigpipeBlocked::SigpipeBlocked() : pending_before_{pending()} {
  const auto set = only_sigpipe();
  pthread_sigmask(SIG_BLOCK, &set, &before_);
}

SigpipeBlocked::~SigpipeBlocked() {
  const auto set = only_sigpipe();
  const timespec at_once{};
  if (!pending_before_ && pending()) sigtimedwait(&set, nullptr, &at_once);
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace weir::client
