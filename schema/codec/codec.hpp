// Wire form of the link's messages: schema/wire/weir.capnp to and from schema/types/messages.hpp.
#pragma once

#include "schema/types/messages.hpp"
#include "schema/types/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace weir::codec {

/// The frame header's type field. Numbers are never reused.
enum class FrameType : std::uint16_t { message = 1, body = 2, chunk = 3 };

/// One Cap'n Proto message, flat, unpacked; a multiple of 8 bytes. What a machine or an engine may
/// report out of its range is brought into it: over-long texts and lists are cut, models without
/// a name left out, numbers clamped, and a status that is no final one of HTTP becomes 502. Only
/// identities, a Dispatch's model and its body's length are the caller's to keep. O(size).
std::vector<std::byte> encode(const Message& message);

/// Decodes and checks every bound of schema/types/messages.hpp; never reads outside `bytes`,
/// which may be unaligned. Newer peers may say more: unknown fields are ignored, an unknown
/// enumerator is read as the cautious one that schema/wire/weir.capnp states, and a message that
/// means nothing to us is an error that the link survives.
/// errors  invalid_frame (malformed or out of range), not_supported (unknown kind or endpoint).
Result<Message> decode(std::span<const std::byte> bytes);

/// The attempt of a Dispatch that `decode` does not support, so that it can be refused.
std::optional<AttemptId> dispatched_attempt(std::span<const std::byte> bytes);

}  // namespace weir::codec
