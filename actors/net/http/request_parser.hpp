// Bytes in, requests out: the server's side of HTTP/1.1 without a socket.
#pragma once

#include "actors/net/http/chunked.hpp"
#include "actors/net/http/message.hpp"
#include "actors/net/http/request_head.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace weir::net::http {

class RequestParser {
 public:
  enum class State {
    idle,      ///< no byte of a request was seen
    head,      ///< within the request line and the headers
    body,      ///< the head was fine, the body goes on
    complete,  ///< take() has the request
    refused,   ///< status() says why; nothing more is parsed
  };

  /// `limits` must outlive the parser.
  explicit RequestParser(const Limits& limits);

  /// Takes a prefix of `bytes` and returns its length; stops behind the request's last byte. The
  /// request is the same however its bytes are split. Copies heads only where they are split.
  /// O(bytes).
  std::size_t feed(std::string_view bytes);

  State state() const { return state_; }
  /// 400 malformed or ambiguous, 413 body over its limit, 431 target or headers over theirs.
  int status() const { return status_; }
  /// The request's path once its head was parsed; for the shape of error answers.
  std::string_view path() const { return head_.request.path; }
  /// The client waits for "100 Continue" before it sends the body. True once per request.
  bool take_expectation();
  const Framing& framing() const { return head_.framing; }

  /// The complete request; the parser is idle again.
  Request take();

 private:
  std::size_t feed_head(std::string_view bytes);
  std::size_t feed_body(std::string_view bytes);
  void head_done(std::string_view head);
  void refuse(int status);

  const Limits& limits_;
  State state_ = State::idle;
  int status_ = 0;
  unsigned blank_lines_ = 0;
  bool expectation_ = false;
  std::string split_head_;  ///< the bytes of a head that came in pieces
  HeadReader reader_;
  Head head_;
  ChunkDecoder chunks_;
};

}  // namespace weir::net::http
