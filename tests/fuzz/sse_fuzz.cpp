// Answer streams: the same bytes give the same answer however they are cut, and what leaves is
// a whole number of events.
#include "actors/domain/stream/sse_stream.hpp"
#include "schema/types/assert.hpp"

namespace {

struct Run {
  std::string out;
  bool ok = true;
};

Run run(std::string_view text, std::size_t piece, bool keep_usage) {
  weir::domain::SseStream stream{{"auto", keep_usage, 4096}};
  Run result;
  for (std::size_t at = 0; result.ok && at < text.size(); at += piece)
    result.ok = bool(stream.feed(text.substr(at, piece), result.out));
  if (result.ok) result.ok = bool(stream.finish(result.out));
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const bool keep_usage = (data[0] & 1U) != 0;
  const auto whole = run(text, size, keep_usage);
  WEIR_ASSERT(whole.out.empty() || whole.out.ends_with("\n\n"));
  for (const std::size_t piece : {1U, 2U, 13U}) {
    const auto cut = run(text, piece, keep_usage);
    WEIR_ASSERT(cut.ok == whole.ok && cut.out == whole.out);
  }
  return 0;
}
