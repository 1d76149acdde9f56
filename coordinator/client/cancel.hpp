// What a CancelToken shares with the calls that run under it.
#pragma once

#include "coordinator/client/weir.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>

namespace weir::client {

class CancelToken::State {
 public:
  /// `stop` runs at most once, under a lock, on the thread that cancels; it must only post.
  /// returns  a number for detach(), or 0 where the token is cancelled already.
  std::uint64_t attach(std::function<void()> stop);
  /// Afterwards `stop` neither runs nor will run.
  void detach(std::uint64_t number);
  void cancel();
  bool cancelled() const;

 private:
  mutable std::mutex mutex_;
  bool cancelled_ = false;
  std::uint64_t last_ = 0;
  std::map<std::uint64_t, std::function<void()>> stops_;
};

}  // namespace weir::client
