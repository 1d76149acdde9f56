// Ctrl-C and SIGTERM as an ordinary call on a thread of its own.
#pragma once

#include <csignal>
#include <functional>
#include <thread>

namespace weir::cli {

/// While it lives, SIGINT and SIGTERM call `on_signal` instead of ending the process. Make it
/// before other threads are begun: they inherit what is blocked.
class Interrupt {
 public:
  explicit Interrupt(std::function<void()> on_signal);
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

 private:
  sigset_t before_{};
  int signals_;
  int stop_;
  std::thread thread_;
};

}  // namespace weir::cli
