// The frame header, sans I/O. 16 bytes, little endian: u32 payload bytes, u16 type, u16 flags
// (always 0), u64 stream.
#pragma once

#include "schema/codec/codec.hpp"
#include "schema/types/result.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace weir::net::link {

inline constexpr std::size_t header_bytes = 16;
/// A data frame's payload begins with the u64 offset of its first byte in the stream.
inline constexpr std::size_t offset_bytes = 8;

struct FrameHeader {
  std::uint32_t payload_bytes = 0;
  codec::FrameType type = codec::FrameType::message;
  std::uint64_t stream = 0;
};

struct FrameSizes {
  std::size_t message_bytes_max = 1U << 20U;
  std::size_t data_bytes_max = 16 * 1024;  ///< payload of a data frame, its offset included
};

void put_u64(std::string& out, std::uint64_t value);
std::uint64_t get_u64(const std::byte* from);

/// Appends the header to `out`.
void put_header(std::string& out, const FrameHeader& header);

/// Reads a header and checks it against `sizes` before anybody allocates for the payload.
/// errors  invalid_frame: unknown type, flags, a length over the type's limit or too short.
Result<FrameHeader> parse_header(std::span<const std::byte, header_bytes> bytes,
                                 const FrameSizes& sizes);

}  // namespace weir::net::link
