#include "coordinator/cli/hash128.hpp"

#include <fmt/format.h>

#include <bit>
#include <cstddef>

namespace weir::cli {
namespace {

constexpr std::uint64_t c1 = 0x87c37b91114253d5U, c2 = 0x4cf5ad432745937fU;

/// Up to eight bytes, the first one lowest.
std::uint64_t word(std::string_view bytes) {
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < bytes.size() && i < 8; ++i)
    all |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  return all;
}

std::uint64_t mixed1(std::uint64_t k) { return std::rotl(k * c1, 31) * c2; }
std::uint64_t mixed2(std::uint64_t k) { return std::rotl(k * c2, 33) * c1; }

std::uint64_t finished(std::uint64_t k) {
  k = (k ^ k >> 33U) * 0xff51afd7ed558ccdU;
  k = (k ^ k >> 33U) * 0xc4ceb9fe1a85ec53U;
  return k ^ k >> 33U;
}

}  // namespace

Hash128 hash128(std::string_view text, const Hash128& seed) {
  auto a = seed.high, b = seed.low;
  const auto bytes = text.size();
  for (; text.size() >= 16; text.remove_prefix(16)) {
    a = (std::rotl(a ^ mixed1(word(text)), 27) + b) * 5 + 0x52dce729U;
    b = (std::rotl(b ^ mixed2(word(text.substr(8))), 31) + a) * 5 + 0x38495ab5U;
  }
  if (text.size() > 8) b ^= mixed2(word(text.substr(8)));
  if (!text.empty()) a ^= mixed1(word(text));
  a ^= bytes;
  b ^= bytes;
  a += b;
  b += a;
  a = finished(a);
  b = finished(b);
  a += b;
  return {a, b + a};
}

std::string hex_of(const Hash128& hash) {
  return fmt::format("{:016x}{:016x}", hash.high, hash.low);
}

}  // namespace weir::cli
