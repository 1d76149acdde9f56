// Signals as something to wait for.
#pragma once

#include "coordinator/cli/descriptor.hpp"

#include <chrono>
#include <csignal>
#include <initializer_list>
#include <optional>

namespace weir::cli {

/// While it lives, these signals do nothing but stand here to be read. Make it before other
/// threads are begun: they inherit what is blocked.
class Signals {
 public:
  explicit Signals(std::initializer_list<int> signals);
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  int descriptor() const { return descriptor_.get(); }  ///< readable when one stands here
  /// The next that stands here.
  std::optional<int> take();
  /// Waits until one stands here, at most `longest` (negative: for ever).
  void wait(std::chrono::milliseconds longest) const;

 private:
  sigset_t before_{};
  Descriptor descriptor_;
};

}  // namespace weir::cli
