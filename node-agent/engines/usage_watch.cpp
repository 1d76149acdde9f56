#include "node-agent/engines/usage_watch.hpp"

#include "schema/dialect/openai.hpp"

namespace weir::engines {

void UsageWatch::feed(std::span<const std::byte> bytes) {
  if (overflowed_) return;
  if (!stream_ && kept_.size() + bytes.size() > answer_bytes_max) {
    overflowed_ = true;
    kept_ = {};
    return;
  }
  kept_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (stream_ && kept_.size() > 2 * tail_bytes) kept_.erase(0, kept_.size() - tail_bytes);
}

Usage UsageWatch::usage() const {
  if (!stream_) return dialect::openai::inspect_answer(kept_).usage.value_or(Usage{});
  // From the end: the last event that holds a usage.
  std::size_t end = kept_.size();
  while (true) {
    const auto at = kept_.rfind("data:", end);
    if (at == std::string::npos) return {};
    const auto line_end = std::min(kept_.find('\n', at), kept_.size());
    const std::string_view data{kept_.data() + at + 5, line_end - at - 5};
    if (data.find("\"usage\"") != std::string_view::npos)
      if (const auto usage = dialect::openai::inspect_chunk(data).usage) return *usage;
    if (at == 0) return {};
    end = at - 1;
  }
}

}  // namespace weir::engines
