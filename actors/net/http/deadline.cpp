#include "actors/net/http/deadline.hpp"

namespace weir::net::http {

void Deadline::bind(std::weak_ptr<void> owner, std::function<void()> expired) {
  owner_ = std::move(owner);
  expired_ = std::move(expired);
}

void Deadline::set(TimePoint at) {
  at_ = at;
  if (at_ < armed_) arm();
}

void Deadline::stop() {
  at_ = armed_ = never;
  ++wait_;
  timer_.cancel();
}

void Deadline::arm() {
  armed_ = at_;
  timer_.expires_at(at_);  // cancels the wait that was pending
  timer_.async_wait([this, owner = owner_, wait = ++wait_](std::error_code) {
    const auto alive = owner.lock();
    if (!alive || wait != wait_) return;
    armed_ = never;
    if (at_ == never) return;
    if (now() < at_) return arm();
    at_ = never;
    expired_();
  });
}

}  // namespace weir::net::http
