#include "actors/net/link/credit.hpp"

#include <algorithm>

namespace weir::net::link {

CreditBook::~CreditBook() { process_.promised -= promised_; }

std::uint32_t CreditBook::open(StreamId stream, ports::DataKind kind) {
  close(stream);
  const auto room = [](std::size_t limit, std::size_t used) {
    return limit > used ? limit - used : 0;
  };
  // A quarter of what is left: late streams find something too.
  const std::size_t left = std::min(room(limits_.link_bytes, promised_),
                                    room(limits_.process_bytes, process_.promised)) /
                           4;
  const std::size_t window = std::clamp(left, limits_.smallest_bytes, limits_.stream_bytes);
  promised_ += window;
  process_.promised += window;
  streams_[stream.value] = {kind, window, window, 0, 0};
  return static_cast<std::uint32_t>(window);
}

void CreditBook::close(StreamId stream) {
  const auto found = streams_.find(stream.value);
  if (found == streams_.end()) return;
  promised_ -= found->second.window;
  process_.promised -= found->second.window;
  streams_.erase(found);
}

CreditBook::Verdict CreditBook::arrived(StreamId stream, ports::DataKind kind, std::uint64_t offset,
                                        std::size_t bytes) {
  const auto found = streams_.find(stream.value);
  if (found == streams_.end()) return Verdict::stale;
  auto& s = found->second;
  if (s.kind != kind || s.offset != offset || bytes > s.left) return Verdict::broken;
  s.offset += bytes;
  s.left -= bytes;
  return Verdict::take;
}

std::uint32_t CreditBook::consumed(StreamId stream, std::size_t bytes) {
  const auto found = streams_.find(stream.value);
  if (found == streams_.end()) return 0;
  auto& s = found->second;
  s.consumed = std::min(s.consumed + bytes, s.window - s.left);
  if (s.consumed * 4 < s.window) return 0;
  const auto grant = s.consumed;
  s.left += grant;
  s.consumed = 0;
  return static_cast<std::uint32_t>(grant);
}

}  // namespace weir::net::link
