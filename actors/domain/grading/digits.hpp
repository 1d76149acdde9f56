// Digits of one number, gathered over what people put between them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weir::domain {

/// Up to 20 digits. Blanks, hyphens, dots and brackets end a group; marks of Markdown do not.
struct Digits {
  static constexpr std::size_t digits_max = 20;
  std::array<char, digits_max> value{};
  std::array<std::uint32_t, digits_max> at{};
  std::array<std::uint8_t, digits_max> group_of{};
  std::size_t count = 0;
  bool more = false;     ///< a further digit follows
  bool dotted = false;   ///< a full stop stands between some of them
  bool hyphens = false;  ///< a hyphen or a bracket does

  std::string_view text(std::size_t from, std::size_t n) const { return {&value[from], n}; }
  /// Whether a group begins with digit `i` and none goes over the end of digit `last`.
  bool whole(std::string_view text, std::size_t i, std::size_t last) const;
  /// The sizes of the groups of digits [from, from + n), as decimal digits: 344; 1: all single;
  /// -1: more than four groups that are not all single.
  int shape(std::size_t from, std::size_t n) const;
};

/// The digits from `at` on, where one stands and none before it.
Digits digits_at(std::string_view text, std::size_t at);

}  // namespace weir::domain
