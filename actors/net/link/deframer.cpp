#include "actors/net/link/deframer.hpp"

#include <algorithm>

namespace weir::net::link {
namespace {

std::span<const std::byte, header_bytes> header_at(const std::byte* from) {
  return std::span<const std::byte, header_bytes>{from, header_bytes};
}

}  // namespace

Result<bool> Deframer::complete(std::span<const std::byte>& bytes, FrameHeader& header) {
  const auto move_up_to = [&](std::size_t size) {
    const auto n = std::min(bytes.size(), size - partial_.size());
    partial_.insert(partial_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n));
    bytes = bytes.subspan(n);
    return partial_.size() == size;
  };
  if (partial_.size() < header_bytes && !move_up_to(header_bytes)) return false;
  WEIR_TRY(header, parse_header(header_at(partial_.data()), sizes_));
  return move_up_to(header_bytes + header.payload_bytes);
}

Result<bool> Deframer::feed(std::span<const std::byte> bytes, const OnFrame& on_frame) {
  if (!partial_.empty()) {
    FrameHeader header;
    WEIR_TRY(const bool whole, complete(bytes, header));
    if (!whole) return true;
    const auto frame = std::exchange(partial_, {});
    if (!on_frame(header, std::span{frame}.subspan(header_bytes))) return false;
  }
  while (bytes.size() >= header_bytes) {
    WEIR_TRY(const FrameHeader header, parse_header(header_at(bytes.data()), sizes_));
    const std::size_t whole = header_bytes + header.payload_bytes;
    if (bytes.size() < whole) break;
    if (!on_frame(header, bytes.subspan(header_bytes, header.payload_bytes))) return false;
    bytes = bytes.subspan(whole);
  }
  partial_.assign(bytes.begin(), bytes.end());
  return true;
}

}  // namespace weir::net::link
