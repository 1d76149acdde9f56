#include "actors/net/link/credit.hpp"

#include <algorithm>

namespace weir::net::link {

void ProcessCredit::serve() {
  while (!line_.empty() && !line_.front()->process_full()) {
    CreditBook& book = *line_.front();
    line_.pop_front();
    book.in_line_ = false;
    // One that its own link's cap denies leaves the line: that link's next release serves it.
    if (book.serve_one() && !book.waiting_.empty()) book.stand_in_line();
  }
}

CreditBook::~CreditBook() {
  process_.promised_ -= promised_;
  std::erase(process_.line_, this);
}

std::size_t CreditBook::link_left() const { return limits_.link_bytes - promised_; }

std::size_t CreditBook::process_left() const {
  return limits_.process_bytes - std::min(limits_.process_bytes, process_.promised_);
}

bool CreditBook::free(std::size_t n) const {
  return link_left() >= limits_.link_bytes / n && process_left() >= limits_.process_bytes / n;
}

void CreditBook::take(Stream& stream, std::size_t bytes) {
  stream.window += bytes;
  stream.left += bytes;
  promised_ += bytes;
  process_.promised_ += bytes;
}

void CreditBook::give_back(Stream& stream, std::size_t bytes) {
  stream.window -= bytes;
  promised_ -= bytes;
  process_.promised_ -= bytes;
}

std::size_t CreditBook::begin(Stream& stream) {
  const auto left = std::min(link_left(), process_left());
  if (left < limits_.smallest_bytes) return 0;
  const auto window = free(2)   ? limits_.stream_bytes
                      : free(4) ? limits_.usual_bytes
                                : limits_.smallest_bytes;
  const auto bytes = std::min<std::uint64_t>({window, left, stream.bytes_total});
  take(stream, bytes);
  return bytes;
}

std::uint32_t CreditBook::open(StreamId stream, ports::DataKind kind, std::uint64_t bytes_total,
                               std::uint64_t offset) {
  const auto [at, fresh] = streams_.try_emplace(stream.value);
  if (!fresh) return 0;
  at->second.kind = kind;
  at->second.bytes_total = bytes_total;
  at->second.offset = offset;
  // Nobody overtakes those who wait.
  const bool last_of_many = !waiting_.empty() || !process_.line_.empty();
  const auto bytes = last_of_many ? 0 : begin(at->second);
  if (bytes == 0 && bytes_total > 0) {
    waiting_.push_back(stream.value);
    if (process_full() || !process_.line_.empty()) stand_in_line();
  }
  return static_cast<std::uint32_t>(bytes);
}

void CreditBook::close(StreamId stream) {
  const auto found = streams_.find(stream.value);
  if (found == streams_.end()) return;
  give_back(found->second, found->second.window);
  streams_.erase(found);
  serve();
}

bool CreditBook::serve_one() {
  while (!waiting_.empty()) {
    const auto id = waiting_.front();
    const auto found = streams_.find(id);
    if (found == streams_.end() || found->second.window > 0) {
      waiting_.pop_front();
      continue;
    }
    const auto bytes = begin(found->second);
    if (bytes == 0) return false;
    waiting_.pop_front();
    grant_(StreamId{id}, static_cast<std::uint32_t>(bytes));
    return true;
  }
  return false;
}

void CreditBook::serve() {
  process_.serve();
  while (process_.line_.empty() && serve_one()) {}
  if (!waiting_.empty() && process_full()) stand_in_line();
}

void CreditBook::stand_in_line() {
  if (std::exchange(in_line_, true)) return;
  process_.line_.push_back(this);
}

CreditBook::Verdict CreditBook::arrived(StreamId stream, ports::DataKind kind, std::uint64_t offset,
                                        std::size_t bytes) {
  const auto found = streams_.find(stream.value);
  if (found == streams_.end()) return Verdict::stale;
  auto& s = found->second;
  if (s.kind != kind || s.offset != offset || bytes > s.left) return Verdict::broken;
  s.offset += bytes;
  s.left -= bytes;
  if (s.offset == s.bytes_total) {
    // Complete: whoever assembled it has a limit of its own, and others need the share.
    s.consumed = 0;
    give_back(s, s.window);
    serve();
  }
  return Verdict::take;
}

std::uint32_t CreditBook::consumed(StreamId stream, std::size_t bytes) {
  const auto found = streams_.find(stream.value);
  if (found == streams_.end()) return 0;
  auto& s = found->second;
  s.consumed = std::min(s.consumed + bytes, s.window - s.left);
  const auto before = s.window;
  if (!free(4) && s.window > limits_.smallest_bytes) {
    const auto surplus = std::min(s.consumed, s.window - limits_.smallest_bytes);
    s.consumed -= surplus;
    give_back(s, surplus);
  }
  std::size_t grant = 0;
  if (s.consumed > 0 && s.consumed * 4 >= s.window) {
    grant = std::min<std::uint64_t>(s.consumed, s.unpromised());
    s.left += grant;
    give_back(s, s.consumed - grant);
    s.consumed = 0;
    if (free(2) && s.window < limits_.stream_bytes) {
      const auto more = std::min<std::uint64_t>(
          {s.window, limits_.stream_bytes - s.window, link_left(), process_left(), s.unpromised()});
      take(s, more);
      grant += more;
    }
  }
  if (s.window < before) serve();
  return static_cast<std::uint32_t>(grant);
}

}  // namespace weir::net::link
