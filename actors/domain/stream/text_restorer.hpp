// Puts values back for placeholders in one text that comes in pieces. Pure.
#pragma once

#include "schema/types/vault.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace weir::domain {

/// Where the text stands: a value goes in as it is, or escaped for a JSON string. In JSON the
/// brackets of a placeholder may be escaped too (\u27e6, \u27e7).
enum class TextContext : std::uint8_t { plain, json };

/// Replaces the placeholders that the vault has issued; all else, forged ones too, passes as it is.
/// Holds back nothing but a last part that an issued placeholder begins with: fewer bytes than the
/// longest one has, in JSON up to 6 more for escapes. What comes of a text does not depend on how
/// it is cut. What was restored is not looked at again.
class TextRestorer {
 public:
  /// `vault` outlives it. `bytes_max` bounds what one call returns.
  TextRestorer(const Vault& vault, TextContext context, std::size_t bytes_max)
      : vault_{&vault}, bytes_max_{bytes_max}, context_{context} {}

  /// Takes the next piece; returns what may leave. O(piece), O(log vault) a placeholder.
  std::string feed(std::string_view piece);
  /// The text has ended: returns what was held back, and may begin another.
  std::string finish();

  std::string_view held() const { return held_; }
  /// A call would have returned more than bytes_max. Of no use afterwards.
  bool overflowed() const { return overflowed_; }

 private:
  /// What a text begins with.
  struct Match {
    enum Kind : std::uint8_t { none, part, whole } kind = none;
    std::size_t bytes = 1;  ///< none: that pass; whole: of the placeholder
    std::string_view value{};
  };

  std::size_t start_in(std::string_view text, std::size_t from) const;
  Match match(std::string_view text) const;
  Match match_inside(std::string_view text, std::size_t open_bytes) const;
  void append_value(std::string& out, std::string_view value) const;

  const Vault* vault_;
  std::size_t bytes_max_;
  TextContext context_;
  bool overflowed_ = false;
  std::string held_;
};

}  // namespace weir::domain
