// A program that uses the SDK may not ignore SIGPIPE, and OpenSSL writes with plain write().
#pragma once

#include <csignal>

namespace weir::client {

/// Keeps SIGPIPE from this thread while it lives, and swallows one that arose meanwhile.
class SigpipeBlocked {
 public:
  SigpipeBlocked();
  ~SigpipeBlocked();
  SigpipeBlocked(const SigpipeBlocked&) = delete;
  SigpipeBlocked& operator=(const SigpipeBlocked&) = delete;

 private:
  sigset_t before_{};
  bool pending_before_ = false;
};

}  // namespace weir::client
