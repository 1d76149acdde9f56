// A 128-bit hash for keeping many names in little memory: equal hashes are taken as equal names.
// Not for secrets: whoever chooses the texts can make two collide.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace weir::cli {

struct Hash128 {
  std::uint64_t high = 0, low = 0;
  auto operator<=>(const Hash128&) const = default;
};

/// MurmurHash3 x64 128 with both halves seeded; a hash as the seed chains texts. The same on
/// every machine. O(text).
Hash128 hash128(std::string_view text, const Hash128& seed = {});
/// 32 lower-case hex digits.
std::string hex_of(const Hash128& hash);

}  // namespace weir::cli
