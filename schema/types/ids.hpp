// Identities. Each is a type of its own: a link cannot be passed where a request is meant.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>

namespace weir {

/// A number with a meaning. `Tag` keeps different meanings apart.
template <class Tag>
struct Id {
  std::uint64_t value = 0;  ///< 0 means "none"
  friend constexpr auto operator<=>(Id, Id) = default;
};

/// One accepted request, counted from 1 within a coordinator's incarnation; below 2^56.
using RequestId = Id<struct RequestTag>;
/// One connection between two processes, never reused within a process.
using LinkId = Id<struct LinkTag>;
/// An answer that somebody inside this process waits for.
using ReplyId = Id<struct ReplyTag>;
/// One stream of bytes on a link: see AttemptId::stream().
using StreamId = Id<struct StreamTag>;

/// One try to run a request on one agent. The incarnation is random per coordinator start, so
/// attempts of a coordinator's former life are recognised and dropped.
struct AttemptId {
  std::uint64_t incarnation = 0;
  RequestId request;
  std::uint8_t number = 0;  ///< 1 .. 255

  /// The frame header's stream field. A link carries one incarnation only (both hellos state
  /// it), so request and number identify the attempt on every frame.
  constexpr StreamId stream() const { return StreamId{request.value << 8 | number}; }
  friend constexpr auto operator<=>(const AttemptId&, const AttemptId&) = default;
};

/// The inverse of AttemptId::stream() for a link whose coordinator has `incarnation`.
constexpr AttemptId attempt_of(std::uint64_t incarnation, StreamId stream) {
  return {incarnation, RequestId{stream.value >> 8}, static_cast<std::uint8_t>(stream.value)};
}

/// What users see as `x-request-id`: "req-" + incarnation and request in lower-case hex.
std::string public_id(std::uint64_t incarnation, RequestId request);

}  // namespace weir

template <class Tag>
struct std::hash<weir::Id<Tag>> {
  std::size_t operator()(weir::Id<Tag> id) const noexcept {
    return std::hash<std::uint64_t>{}(id.value);
  }
};

template <>
struct std::hash<weir::AttemptId> {
  std::size_t operator()(const weir::AttemptId& a) const noexcept {
    return std::hash<std::uint64_t>{}(a.stream().value ^ (a.incarnation * 0x9E3779B97F4A7C15ULL));
  }
};
