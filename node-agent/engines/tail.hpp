// The end of an answer, kept so that it can be sent again after its link was lost.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::engines {

class Tail {
 public:
  /// A coordinator lacks at most a stream's credit, what the sender may leave unsent (256 KiB
  /// each), what may come while the link is gone (64 KiB), and a read's worth.
  static constexpr std::size_t bytes_max = 640 * 1024;

  /// Amortised O(bytes).
  void add(std::string_view bytes) {
    kept_.append(bytes);
    if (kept_.size() <= 2 * bytes_max) return;
    begin_ += kept_.size() - bytes_max;
    kept_.erase(0, kept_.size() - bytes_max);
  }
  /// Everything from `offset` of the answer on; nullopt where it is no longer, or not yet, there.
  std::optional<std::string_view> from(std::uint64_t offset) const {
    if (offset < begin_ || offset > end()) return std::nullopt;
    return std::string_view{kept_}.substr(static_cast<std::size_t>(offset - begin_));
  }
  std::uint64_t end() const { return begin_ + kept_.size(); }
  std::size_t size() const { return kept_.size(); }

 private:
  std::string kept_;
  std::uint64_t begin_ = 0;  ///< offset of its first byte
};

}  // namespace weir::engines
