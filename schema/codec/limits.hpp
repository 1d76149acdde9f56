// The bounds of schema/wire/weir.capnp that readers check and writers keep.
#pragma once

#include <cstddef>
#include <cstdint>

namespace weir::codec {

inline constexpr std::size_t message_bytes_max = 16U << 20U;  ///< the link allows less
inline constexpr std::size_t text_bytes_max = 256;
inline constexpr std::size_t detail_bytes_max = 1024;
inline constexpr std::size_t attempts_max = 4096;
inline constexpr std::size_t engines_max = 256;
inline constexpr std::size_t models_max = 1024;
inline constexpr std::size_t tenants_max = 10'000;
inline constexpr std::size_t gpus_max = 64;
inline constexpr std::size_t aliases_max = 16;
inline constexpr std::size_t region_bytes_max = 64;
inline constexpr std::uint32_t slots_max = 65'536;
inline constexpr std::uint8_t capability_max = 3;
inline constexpr std::uint32_t credit_bytes_max = 1U << 31U;
inline constexpr std::uint16_t status_min = 200;
inline constexpr std::uint16_t status_max = 599;
inline constexpr std::uint64_t money_max = 1ULL << 62U;  ///< micro-USD
inline constexpr std::uint64_t request_max = (1ULL << 56U) - 1;

}  // namespace weir::codec
