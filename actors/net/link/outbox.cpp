#include "actors/net/link/outbox.hpp"

#include <algorithm>

namespace weir::net::link {
namespace {

const char* chars(std::span<const std::byte> bytes) {
  return reinterpret_cast<const char*>(bytes.data());
}

}  // namespace

std::string Outbox::frame(const std::vector<std::byte>& encoded, std::uint64_t stream) const {
  std::string out;
  out.reserve(header_bytes + encoded.size());
  put_header(out, {static_cast<std::uint32_t>(encoded.size()), codec::FrameType::message, stream});
  out.append(chars(encoded), encoded.size());
  return out;
}

void Outbox::message(const std::vector<std::byte>& encoded) {
  control_.push_back(frame(encoded, 0));
  control_bytes_ += control_.back().size();
}

bool Outbox::open(StreamId stream, ports::DataKind kind, std::uint64_t credit_bytes,
                  std::uint64_t offset) {
  if (has(stream)) return true;
  if (streams_.size() == streams_max) return false;
  auto& s = streams_[stream.value];
  s.kind = kind;
  s.credit = credit_bytes;
  s.offset = offset;
  return true;
}

bool Outbox::empty() const {
  return control_.empty() && std::all_of(streams_.begin(), streams_.end(),
                                         [](const auto& s) { return s.second.items.empty(); });
}

void Outbox::message_in_order(StreamId stream, const std::vector<std::byte>& encoded, bool last) {
  const auto s = streams_.find(stream.value);
  if (s == streams_.end()) return message(encoded);
  s->second.items.push_back({frame(encoded, stream.value), true, last});
  make_ready(stream.value, s->second);
}

std::size_t Outbox::data(StreamId stream, std::span<const std::byte> bytes) {
  const auto found = streams_.find(stream.value);
  if (found == streams_.end()) return 0;
  auto& s = found->second;
  if (bytes.empty()) return s.unsent;
  // Small pieces that wait for credit share one item.
  constexpr std::size_t share_below = 16 * 1024;
  if (!s.items.empty() && !s.items.back().message && s.items.back().bytes.size() < share_below)
    s.items.back().bytes.append(chars(bytes), bytes.size());
  else
    s.items.push_back({std::string{chars(bytes), bytes.size()}, false, false});
  s.unsent += bytes.size();
  s.full = s.full || s.unsent > high_water_bytes;
  make_ready(stream.value, s);
  return s.unsent;
}

void Outbox::credit(StreamId stream, std::uint64_t bytes) {
  const auto s = streams_.find(stream.value);
  if (s == streams_.end()) return;
  s->second.credit += bytes;
  make_ready(stream.value, s->second);
}

void Outbox::make_ready(std::uint64_t id, Stream& stream) {
  if (stream.ready || !stream.can_send()) return;
  stream.ready = true;
  ready_.push_back(id);
}

bool Outbox::move_one(std::uint64_t id, Stream& s, std::string& out) {
  Item& item = s.items.front();
  if (item.message) {
    out += item.bytes;
    const bool last = item.last;
    s.items.pop_front();
    return last;
  }
  // A full frame, its header included, is one TLS record: one system call, and whole on arrival.
  const std::size_t most = sizes_.data_bytes_max - header_bytes - offset_bytes;
  const std::size_t n = std::min<std::uint64_t>({item.bytes.size() - s.front_sent, most, s.credit});
  put_header(
      out,
      {static_cast<std::uint32_t>(offset_bytes + n),
       s.kind == ports::DataKind::body ? codec::FrameType::body : codec::FrameType::chunk, id});
  put_u64(out, s.offset);
  out.append(item.bytes, s.front_sent, n);
  s.offset += n;
  s.credit -= n;
  s.unsent -= n;
  s.front_sent += n;
  if (s.front_sent == item.bytes.size()) {
    s.items.pop_front();
    s.front_sent = 0;
  }
  return false;
}

std::size_t Outbox::fill(std::string& out, std::size_t bytes_max, std::vector<StreamId>& drained,
                         std::vector<StreamId>& closed) {
  std::size_t frames = 0;
  while (!control_.empty() && out.size() < bytes_max) {
    out += control_.front();
    control_bytes_ -= control_.front().size();
    control_.pop_front();
    ++frames;
  }
  while (!ready_.empty() && out.size() < bytes_max) {
    const std::uint64_t id = ready_.front();
    ready_.pop_front();
    const auto found = streams_.find(id);
    if (found == streams_.end()) continue;  // forgotten meanwhile
    auto& s = found->second;
    s.ready = false;
    if (!s.can_send()) continue;
    ++frames;
    if (move_one(id, s, out)) {
      streams_.erase(found);
      closed.push_back(StreamId{id});
      continue;
    }
    if (s.full && s.unsent < low_water_bytes) {
      s.full = false;
      drained.push_back(StreamId{id});
    }
    make_ready(id, s);
  }
  return frames;
}

}  // namespace weir::net::link
