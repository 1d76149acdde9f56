// What the kernel knows of a connection's other end. A system call: for deadlines, not for every
// request. Apart from stream.hpp because Linux's own tcp_info collides with the C library's.
#pragma once

#include <cstdint>

namespace weir::net::http {

struct PeerState {
  bool ended = false;              ///< its FIN has arrived, even behind bytes that were not read
  bool lost = false;               ///< reset, or no connection at all
  std::uint64_t acknowledged = 0;  ///< bytes that the other kernel has taken from ours, ever
};

PeerState look_at(int descriptor);

/// Bounds the bytes that the kernel takes before it can send them, so that a writer notices a
/// reader who stops. For a listening socket too: accepted ones inherit it.
void bound_unsent(int descriptor);

}  // namespace weir::net::http
