// Digests for tests of clearances: no cryptography, but different for different bytes.
#pragma once

#include "actors/domain/clearance.hpp"

namespace weir::domain {

inline Sha256 toy_digest(std::string_view bytes) {
  Sha256 out{};
  for (std::size_t lane = 0; lane < 4; ++lane) {
    std::uint64_t h = 0xCBF29CE484222325ULL + lane;
    for (const char c : bytes) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
    for (std::size_t i = 0; i < 8; ++i) out[lane * 8 + i] = static_cast<std::uint8_t>(h >> (8 * i));
  }
  return out;
}

inline Sha256 toy_mac(const Sha256& key, std::string_view bytes) {
  std::string keyed{reinterpret_cast<const char*>(key.data()), key.size()};
  keyed += bytes;
  return toy_digest(keyed);
}

inline constexpr Digests toy_digests{&toy_digest, &toy_mac};

}  // namespace weir::domain
