// The link's frames from arbitrary bytes, cut at arbitrary places: wherever they are cut, the
// same frames come out, and never more is kept than came in.
#include "actors/net/link/deframer.hpp"
#include "schema/types/assert.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

namespace {

using namespace weir::net::link;

/// Everything that comes out of `bytes` fed in pieces of `piece` bytes, as one text.
std::string frames_of(std::span<const std::byte> bytes, std::size_t piece) {
  Deframer deframer{FrameSizes{}};
  std::string out;
  std::size_t fed = 0;
  while (fed < bytes.size()) {
    const auto part = bytes.subspan(fed, std::min(piece, bytes.size() - fed));
    fed += part.size();
    const auto well = deframer.feed(part, [&](const FrameHeader& header, auto payload) {
      WEIR_ASSERT(header.payload_bytes == payload.size());
      put_header(out, header);
      out.append(reinterpret_cast<const char*>(payload.data()), payload.size());
      return true;
    });
    WEIR_ASSERT(deframer.kept() <= fed);
    if (!well) return out + "broken";
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const auto bytes = std::as_bytes(std::span{data + 1, size - 1});
  WEIR_ASSERT(frames_of(bytes, size) == frames_of(bytes, data[0] % 64 + 1U));
  return 0;
}
