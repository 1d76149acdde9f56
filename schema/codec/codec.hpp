// Wire form of the link's messages: schema/wire/weir.capnp to and from schema/types/messages.hpp.
#pragma once

#include "schema/types/messages.hpp"
#include "schema/types/result.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace weir::codec {

/// The frame header's type field. Numbers are never reused.
enum class FrameType : std::uint16_t { message = 1, body = 2, chunk = 3 };

/// One Cap'n Proto message, flat, unpacked; a multiple of 8 bytes. O(size).
std::vector<std::byte> encode(const Message& message);

/// Decodes and checks every bound of schema/types/messages.hpp; never reads outside `bytes`,
/// which may be unaligned. Unknown fields are ignored; an unknown message kind is an error that
/// the link answers by ignoring the message (newer peers may say more).
/// errors  invalid_frame (malformed or out of range), not_supported (unknown kind).
Result<Message> decode(std::span<const std::byte> bytes);

}  // namespace weir::codec
