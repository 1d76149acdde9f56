#include "actors/net/http/stream.hpp"

#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace weir::net::http {
namespace {

constexpr std::size_t record_bytes_max = 16 * 1024;  ///< of TLS

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace

void Stream::connected() {
  std::error_code ignored;
  socket_.native_non_blocking(true, ignored);
}

void Stream::secure(const tls::Context& context, bool server, const std::string& server_name) {
  session_.emplace(context, socket_.native_handle(), server, server_name);
}

Stream::Want Stream::read(std::span<char> into, std::size_t& got) {
  got = 0;
  if (session_) {
    const auto wants = session_->read(std::as_writable_bytes(into), got);
    // A reset looks closed too; without close_notify the bytes may have been cut short.
    const bool cut = wants == Want::closed &&
                     (SSL_get_shutdown(session_->native()) & SSL_RECEIVED_SHUTDOWN) == 0;
    return cut ? Want::failed : wants;
  }
  const auto n = ::recv(socket_.native_handle(), into.data(), into.size(), MSG_DONTWAIT);
  if (n == 0) return Want::closed;
  if (n < 0) return would_block() ? Want::read : Want::failed;
  got = static_cast<std::size_t>(n);
  return Want::nothing;
}

Stream::Want Stream::write(std::span<const std::string_view> parts, std::size_t& put) {
  put = 0;
  if (session_) {
    if (parts.size() == 1) return session_->write(std::as_bytes(std::span{parts[0]}), put);
    // Several parts become one record: two small records cost two packets and two decryptions.
    std::array<char, record_bytes_max> record;
    std::size_t size = 0;
    for (const auto part : parts) {
      const auto n = std::min(part.size(), record.size() - size);
      std::memcpy(record.data() + size, part.data(), n);
      size += n;
    }
    return session_->write(std::as_bytes(std::span{record.data(), size}), put);
  }
  std::array<iovec, parts_max> pieces{};
  std::size_t count = 0;
  for (const auto part : parts)
    if (!part.empty()) pieces.at(count++) = {const_cast<char*>(part.data()), part.size()};
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = count;
  const auto n = ::sendmsg(socket_.native_handle(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (n < 0) return would_block() ? Want::write : Want::failed;
  put = static_cast<std::size_t>(n);
  return Want::nothing;
}

void Stream::shutdown_send() {
  if (session_) session_->shutdown();
  std::error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
}

void Stream::close(bool reset) {
  if (!socket_.is_open()) return;
  std::error_code ignored;
  if (reset) socket_.set_option(Socket::linger{true, 0}, ignored);
  session_.reset();
  socket_.close(ignored);
}

}  // namespace weir::net::http
