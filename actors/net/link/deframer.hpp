// Frames out of a stream of bytes, sans I/O. Whole frames are handed on where they stand; only a
// frame that has not arrived whole is kept, and an idle link keeps nothing.
#pragma once

#include "actors/net/link/frame.hpp"

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace weir::net::link {

class Deframer {
 public:
  /// Takes one frame; its payload is valid during the call. false: take no more.
  using OnFrame = std::function<bool(const FrameHeader&, std::span<const std::byte> payload)>;

  explicit Deframer(FrameSizes sizes) : sizes_{sizes} {}

  /// Hands every frame that is whole now to `on_frame`. Keeps bytes only as they arrive, and at
  /// most one frame: a length that a header merely claims allocates nothing. O(bytes).
  /// returns  whether to go on: false once `on_frame` said so.
  /// errors   invalid_frame: a header outside the protocol; the stream cannot go on.
  Result<bool> feed(std::span<const std::byte> bytes, const OnFrame& on_frame);

  /// Bytes kept, of a frame that has not arrived whole.
  std::size_t kept() const { return partial_.size(); }

 private:
  /// Moves bytes to the partial frame's end; true once it is whole.
  Result<bool> complete(std::span<const std::byte>& bytes, FrameHeader& header);

  FrameSizes sizes_;
  std::vector<std::byte> partial_;
};

}  // namespace weir::net::link
