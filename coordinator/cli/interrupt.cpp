#include "coordinator/cli/interrupt.hpp"

#include "schema/types/assert.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>

namespace weir::cli {

Interrupt::Interrupt(std::function<void()> on_signal) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set, &before_);
  signals_ = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  stop_ = ::eventfd(0, EFD_CLOEXEC);
  WEIR_ASSERT(signals_ >= 0 && stop_ >= 0);
  thread_ = std::thread{[on_signal = std::move(on_signal), signals = signals_, stop = stop_] {
    std::array<pollfd, 2> wanted{{{signals, POLLIN, 0}, {stop, POLLIN, 0}}};
    for (;;) {
      if (::poll(wanted.data(), wanted.size(), -1) < 0) continue;
      if (wanted[1].revents != 0) return;
      signalfd_siginfo info{};
      if (::read(signals, &info, sizeof info) == sizeof info) on_signal();
    }
  }};
}

Interrupt::~Interrupt() {
  const std::uint64_t one = 1;
  WEIR_ASSERT(::write(stop_, &one, sizeof one) == sizeof one);
  thread_.join();
  ::close(stop_);
  ::close(signals_);
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace weir::cli
