// Links over TCP and TLS 1.3: the server side (coordinator) and the client side (agent).
//
// Frame: 16-byte header, little endian: u32 payload bytes, u16 type, u16 flags (0), u64 stream;
// then the payload, at most 16 KiB for data, `message_bytes_max` for messages. The length is
// checked against the type's limit before anything is allocated. Data payloads begin with the
// u64 offset of their first byte in the stream; what follows is raw. Everything else is one
// Cap'n Proto message (schema/wire/weir.capnp). Two lanes: messages leave before data.
//
// The agent says its Hello only once it has read the coordinator's: a coordinator that it has a
// link to already, under another address, must not see a second one and drop the first.
//
// TCP_NOTSENT_LOWAT is 16 KiB and not the 64 KiB first planned: at 100 Mbit/s a cancel behind a
// body waits 7 ms (p99) instead of 13 ms, at no loss of throughput (tests/bench/link_hol.cpp).
#pragma once

#include "actors/net/tls/context.hpp"
#include "actors/ports/link.hpp"
#include "schema/types/result.hpp"
#include "schema/types/settings.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace asio {
class io_context;
}

namespace weir::net::link {

struct LinkLimits {
  std::size_t frame_bytes_max = 16 * 1024;
  std::size_t message_bytes_max = 1U << 20U;  ///< an Inventory with many models is the largest
  std::size_t stream_credit_bytes = 256 * 1024;
  std::size_t link_credit_bytes = 4U << 20U;  ///< outstanding towards one peer
  std::size_t process_credit_bytes = 256U << 20U;
  std::size_t control_bytes_max = 4U << 20U;  ///< unsent messages: above it the link is closed
  std::size_t handshakes_max = 64;
  std::size_t links_max = 12'000;
  /// Handshakes of one address that said nothing yet: where places are short, it loses those
  /// beyond. Sites behind one address need some.
  std::size_t silent_per_host_max = 16;
  Millis first_byte_deadline{1'000};  ///< for a whole ClientHello
  Millis handshake_deadline{5'000};
  Millis hello_deadline{5'000};
  Millis ping_every{500};
  Millis silence_max{5'000};  ///< no byte for so long: the link is dead
  Millis reconnect_min{100};  ///< full jitter: uniform in [0, min(max, min·2^n)]
  Millis reconnect_max{3'000};
};

/// What this side says in its Hello; called for every new link.
using MakeHello = std::function<Hello()>;

/// All links of one process, in both roles. Implements ports::Link. Public calls and all events
/// happen on `io`'s thread; TLS handshakes run on a thread of the hub's own.
class Hub final : public ports::Link {
 public:
  Hub(asio::io_context& io, LinkLimits limits, MakeHello hello, ports::LinkEvents& events);
  ~Hub() override;

  /// Coordinator: accept agents. Only peers with the role "agent" of `cluster` come up.
  /// returns the port. errors unreachable: cannot bind.
  Result<std::uint16_t> listen(const HostPort& where, tls::Context context,
                               const std::string& cluster);
  /// Agent: keep one link to each of these coordinators, reconnecting with full jitter for ever.
  /// An address that leads to a coordinator which is linked through another one is left alone:
  /// tried now and then, and at once when the other link ends.
  /// Only peers with the role "coordinator" of `cluster` come up.
  void connect(const std::vector<HostPort>& where, tls::Context context,
               const std::string& cluster);
  /// New certificates for links made from now on.
  void replace_tls(tls::Context context);
  /// Accepts and connects no more; closes every link after its queued frames left, or 1 s.
  void stop();
  /// The incarnation the peer stated; 0 for an unknown link.
  std::uint64_t peer_incarnation(LinkId link) const;
  /// Links on which something queued has not left yet. O(links + streams).
  std::size_t unsent() const;

  void send(LinkId link, Message message) override;
  std::size_t write(LinkId link, StreamId stream, ports::DataKind kind,
                    std::span<const std::byte> bytes) override;
  void consumed(LinkId link, StreamId stream, std::size_t bytes) override;
  void forget(LinkId link, StreamId stream) override;
  void close(LinkId link, const std::string& why) override;

  /// Counters for metrics and tests.
  struct Stats {
    std::uint64_t frames_in = 0, frames_out = 0, bytes_in = 0, bytes_out = 0;
    std::uint64_t stale_frames = 0;  ///< data of forgotten streams, dropped
    std::uint64_t links_up = 0, handshakes_failed = 0, protocol_errors = 0;
    std::uint64_t ignored_messages = 0;  ///< of newer peers, not understood here
    std::uint64_t dropped_messages = 0;  ///< our own, over `message_bytes_max`
    std::uint64_t doubles_refused = 0;   ///< links to a coordinator that was linked already
  };
  const Stats& stats() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace weir::net::link
