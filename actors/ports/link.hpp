// Links: framed, encrypted connections between coordinators and agents, as their users see them.
// Everything here is called on the io thread.
#pragma once

#include "schema/types/brain.hpp"
#include "schema/types/ids.hpp"
#include "schema/types/messages.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace weir::ports {

/// Which way a data frame goes.
enum class DataKind : std::uint8_t { body, chunk };

/// What happens on links. `on_up` precedes everything else of a link and `on_down` ends it;
/// both come exactly once per link.
class LinkEvents {
 public:
  virtual ~LinkEvents() = default;
  virtual void on_up(LinkId link, const PeerIdentity& peer, const Hello& hello) = 0;
  /// A message other than Hello, Credit and Ping, which the link handles itself.
  virtual void on_message(LinkId link, Message message) = 0;
  /// Bytes of one stream, contiguous from offset 0, or from a Resume's (the link checks it). Valid
  /// during the call.
  virtual void on_data(LinkId link, StreamId stream, DataKind kind,
                       std::span<const std::byte> bytes) = 0;
  /// What this side still buffers for `stream` fell below the low-water mark (64 KiB).
  virtual void on_drained(LinkId link, StreamId stream) = 0;
  virtual void on_down(LinkId link, const std::string& why) = 0;
};

/// The sending side. Calls about an unknown or closed link, or a forgotten stream, do nothing.
class Link {
 public:
  virtual ~Link() = default;
  /// Sends one message. Begin and Finish keep their place among their stream's data; all other
  /// messages overtake data (the control lane). Dispatch opens a stream for chunks towards us,
  /// Resume one that begins at its offset, Accept one for body bytes; the link fills in
  /// `credit_bytes`.
  virtual void send(LinkId link, Message message) = 0;
  /// Queues bytes of one stream; they leave as frames of at most 16 KiB as credit allows.
  /// returns  the bytes now buffered for this stream: above 256 KiB, stop until on_drained.
  virtual std::size_t write(LinkId link, StreamId stream, DataKind kind,
                            std::span<const std::byte> bytes) = 0;
  /// The receiver is done with `bytes` of what it got: the sender may send as many more.
  virtual void consumed(LinkId link, StreamId stream, std::size_t bytes) = 0;
  /// Drops all state and unsent data of a stream; idempotent. Frames that still come for it
  /// are dropped and counted.
  virtual void forget(LinkId link, StreamId stream) = 0;
  /// Closes the link; on_down follows, not from within this call.
  virtual void close(LinkId link, const std::string& why) = 0;
};

}  // namespace weir::ports
