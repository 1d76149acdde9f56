// The memory that the request bodies of all connections share.
#pragma once

#include <cstddef>
#include <utility>

namespace weir::net::http {

class BodyBudget {
 public:
  explicit BodyBudget(std::size_t bytes_max) : bytes_max_{bytes_max} {}

  /// returns false, and takes nothing, where fewer than `bytes` are left.
  [[nodiscard]] bool take(std::size_t bytes) {
    if (bytes > bytes_max_ - held_) return false;
    held_ += bytes;
    return true;
  }
  void give_back(std::size_t bytes) { held_ -= bytes; }
  std::size_t held() const { return held_; }

 private:
  std::size_t bytes_max_;
  std::size_t held_ = 0;
};

/// What one body holds of a budget; none where `budget` is null. Given back when it ends.
class BodyCharge {
 public:
  explicit BodyCharge(BodyBudget* budget) : budget_{budget} {}
  BodyCharge(const BodyCharge&) = delete;
  BodyCharge& operator=(const BodyCharge&) = delete;
  ~BodyCharge() { release(); }

  [[nodiscard]] bool grow_to(std::size_t bytes) {
    if (budget_ != nullptr && !budget_->take(bytes - held_)) return false;
    held_ = bytes;
    return true;
  }
  std::size_t held() const { return held_; }
  void release() {
    const auto bytes = std::exchange(held_, 0);
    if (budget_ != nullptr) budget_->give_back(bytes);
  }

 private:
  BodyBudget* budget_;
  std::size_t held_ = 0;
};

}  // namespace weir::net::http
