// What waits to be sent on one link, sans I/O. Two lanes: messages before data; between streams
// data takes turns, frame by frame, as far as each stream's credit reaches.
#pragma once

#include "actors/net/link/frame.hpp"
#include "actors/ports/link.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace weir::net::link {

/// A stream's unsent bytes below which a writer that was told to stop may go on.
inline constexpr std::size_t low_water_bytes = 64 * 1024;
/// A stream's unsent bytes above which its writer should stop.
inline constexpr std::size_t high_water_bytes = 256 * 1024;
/// Streams that a peer may have open towards itself at once.
inline constexpr std::size_t streams_max = 65'536;

class Outbox {
 public:
  explicit Outbox(FrameSizes sizes) : sizes_{sizes} {}

  /// Queues one encoded message for the control lane.
  void message(const std::vector<std::byte>& encoded);
  /// Opens a stream towards the peer with its first credit; one that is open stays as it is.
  /// `offset`: of the first byte that data() will bring. returns  false where `streams_max` are
  /// open.
  bool open(StreamId stream, ports::DataKind kind, std::uint64_t credit_bytes,
            std::uint64_t offset = 0);
  bool has(StreamId stream) const { return streams_.count(stream.value) != 0; }
  /// Queues a message behind the stream's data. `last` closes the stream once it has left.
  void message_in_order(StreamId stream, const std::vector<std::byte>& encoded, bool last);
  /// Queues data. returns  unsent bytes of the stream; 0 where it is not open.
  std::size_t data(StreamId stream, std::span<const std::byte> bytes);
  void credit(StreamId stream, std::uint64_t bytes);
  void forget(StreamId stream) { streams_.erase(stream.value); }

  /// Moves frames into `out` until it holds `bytes_max` or nothing more may leave: all messages,
  /// then data frames. Streams that fell below the low-water mark after having been above the
  /// high one are appended to `drained`, streams whose last message left to `closed`.
  /// returns  the frames moved.
  std::size_t fill(std::string& out, std::size_t bytes_max, std::vector<StreamId>& drained,
                   std::vector<StreamId>& closed);

  std::size_t control_bytes() const { return control_bytes_; }
  /// Nothing is left to send, not even once credit comes. O(streams).
  bool empty() const;

 private:
  struct Item {
    std::string bytes;  ///< a whole message frame, or raw data
    bool message = false;
    bool last = false;
  };
  struct Stream {
    ports::DataKind kind = ports::DataKind::chunk;
    std::deque<Item> items;
    std::size_t front_sent = 0;  ///< bytes of the front data item that left
    std::size_t unsent = 0;      ///< data bytes
    std::uint64_t credit = 0;
    std::uint64_t offset = 0;
    bool ready = false;  ///< stands in ready_
    bool full = false;   ///< was above the high-water mark

    bool can_send() const { return !items.empty() && (items.front().message || credit > 0); }
  };

  std::string frame(const std::vector<std::byte>& encoded, std::uint64_t stream) const;
  void make_ready(std::uint64_t id, Stream& stream);
  /// Moves one frame of the stream; true when its last message left.
  bool move_one(std::uint64_t id, Stream& stream, std::string& out);

  FrameSizes sizes_;
  std::deque<std::string> control_;
  std::size_t control_bytes_ = 0;
  std::unordered_map<std::uint64_t, Stream> streams_;
  std::deque<std::uint64_t> ready_;  ///< streams that may send, in turn; may hold forgotten ones
};

}  // namespace weir::net::link
