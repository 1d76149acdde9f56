// Credentials that begin in a way of their own.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace weir::domain {

enum class Letters : std::uint8_t {
  word,    ///< A-Z a-z 0-9 _ -
  alnum,   ///< A-Z a-z 0-9
  upper,   ///< A-Z 0-9
  hex,     ///< 0-9 a-f A-F
  base64,  ///< word, + / =
  dotted,  ///< word, . =
};

struct SecretFormat {
  std::string_view prefix;
  Letters letters;
  std::uint16_t least;    ///< characters after the prefix
  bool any_case = false;  ///< of the prefix
};

/// Facts of the providers' own documents; lengths are lower bounds, so that new forms are caught.
const std::vector<SecretFormat>& secret_formats();
bool is_of(Letters letters, char c);

}  // namespace weir::domain
