#include "actors/net/http/peer.hpp"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace weir::net::http {
namespace {

/// The kernel's numbers of connection states; its header for programs does not name them.
constexpr unsigned state_established = 1;
constexpr unsigned state_closed = 7;

constexpr int unsent_bytes_max = 64 * 1024;

}  // namespace

PeerState look_at(int descriptor) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return {true, true, 0};
  return {info.tcpi_state != state_established, info.tcpi_state == state_closed,
          info.tcpi_bytes_acked};
}

void bound_unsent(int descriptor) {
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent_bytes_max,
               sizeof unsent_bytes_max);
}

}  // namespace weir::net::http
