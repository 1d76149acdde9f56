// The codec on arbitrary bytes; what it accepts must survive being sent again.
#include "schema/codec/codec.hpp"
#include "schema/types/assert.hpp"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span{data, size});
  const auto message = weir::codec::decode(bytes);
  (void)weir::codec::dispatched_attempt(bytes);
  if (message) WEIR_ASSERT(weir::codec::decode(weir::codec::encode(*message)));
  return 0;
}
