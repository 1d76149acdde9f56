#include "coordinator/cli/signals.hpp"

#include "schema/types/assert.hpp"

#include <poll.h>
#include <sys/signalfd.h>

namespace weir::cli {

Signals::Signals(std::initializer_list<int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : signals) sigaddset(&set, signal);
  ::pthread_sigmask(SIG_BLOCK, &set, &before_);
  descriptor_ = Descriptor{::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)};
  WEIR_ASSERT(descriptor_);
}

Signals::~Signals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

std::optional<int> Signals::take() {
  signalfd_siginfo info{};
  if (::read(descriptor_.get(), &info, sizeof info) != sizeof info) return std::nullopt;
  return static_cast<int>(info.ssi_signo);
}

void Signals::wait(std::chrono::milliseconds longest) const {
  pollfd wanted{descriptor_.get(), POLLIN, 0};
  ::poll(&wanted, 1, static_cast<int>(longest.count()));
}

}  // namespace weir::cli
