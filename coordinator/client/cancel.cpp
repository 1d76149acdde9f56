#include "coordinator/client/cancel.hpp"

#include <utility>

namespace weir::client {

std::uint64_t CancelToken::State::attach(std::function<void()> stop) {
  const std::lock_guard lock{mutex_};
  if (cancelled_) return 0;
  stops_.emplace(++last_, std::move(stop));
  return last_;
}

void CancelToken::State::detach(std::uint64_t number) {
  const std::lock_guard lock{mutex_};
  stops_.erase(number);
}

void CancelToken::State::cancel() {
  const std::lock_guard lock{mutex_};
  cancelled_ = true;
  for (const auto& [number, stop] : std::exchange(stops_, {})) stop();
}

bool CancelToken::State::cancelled() const {
  const std::lock_guard lock{mutex_};
  return cancelled_;
}

CancelToken::CancelToken() : state_{std::make_shared<State>()} {}
void CancelToken::cancel() { state_->cancel(); }
bool CancelToken::cancelled() const { return state_->cancelled(); }

}  // namespace weir::client
