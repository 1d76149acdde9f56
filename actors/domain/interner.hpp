// Small numbers for texts that come again and again (model ids, node names), so that rows and
// logs stay small and compare fast.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace weir::domain {

/// Never forgets, so it has a limit. Numbers count from 0 without gaps.
class Interner {
 public:
  explicit Interner(std::size_t texts_max) : texts_max_{texts_max} {}

  /// The number of `text`; nullopt when it is new and the limit is reached. O(1).
  std::optional<std::uint32_t> intern(std::string_view text) {
    if (const auto known = find(text)) return known;
    if (texts_.size() >= texts_max_) return std::nullopt;
    const auto number = static_cast<std::uint32_t>(texts_.size());
    numbers_.emplace(texts_.emplace_back(text), number);
    return number;
  }
  std::optional<std::uint32_t> find(std::string_view text) const {
    const auto it = numbers_.find(text);
    return it == numbers_.end() ? std::nullopt : std::optional{it->second};
  }
  /// "?" for a number that was never given.
  const std::string& text(std::uint32_t number) const {
    static const std::string unknown = "?";
    return number < texts_.size() ? texts_[number] : unknown;
  }
  std::size_t size() const { return texts_.size(); }

 private:
  std::size_t texts_max_;
  std::deque<std::string> texts_;  // a deque: the map's keys point into it
  std::unordered_map<std::string_view, std::uint32_t> numbers_;
};

}  // namespace weir::domain
