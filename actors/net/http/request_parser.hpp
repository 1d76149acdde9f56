// Bytes in, requests out: the server's side of HTTP/1.1 without a socket.
#pragma once

#include "actors/net/http/body_budget.hpp"
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

  /// `limits` must outlive the parser, and so must `bodies`, which bounds the bytes that this
  /// parser and others hold of bodies at once (absent: no such bound).
  explicit RequestParser(const Limits& limits, BodyBudget* bodies = nullptr);

  /// Takes a prefix of `bytes` and returns its length; stops behind the request's last byte. The
  /// request is the same however its bytes are split. Copies heads only where they are split.
  /// O(bytes).
  std::size_t feed(std::string_view bytes);

  State state() const { return state_; }
  /// 400 malformed or ambiguous, 413 body over its limit, 417 unknown expectation, 431 target or
  /// headers over their limits, 503 all bodies together over theirs.
  int status() const { return status_; }
  /// The request's path once its head was parsed; for the shape of error answers.
  std::string_view path() const { return head_.request.path; }
  /// The request without its body; all of it once the state is `body` or `complete`.
  const Request& head() const { return head_.request; }
  /// A head is complete that was not asked for before. True once per request.
  bool take_head();
  /// Throws the rest of this request away instead of holding it: its answer does not need it.
  /// returns false, and changes nothing, where the body is too long or may never come.
  bool skip_body();
  /// The request under way was answered; take() it without a look when it is complete.
  bool skipping() const { return skipping_; }
  std::size_t body_received() const { return skipping_ ? skipped_ : head_.request.body.size(); }
  /// The client waits for "100 Continue" before it sends the body. True once per request.
  bool take_expectation();
  const Framing& framing() const { return head_.framing; }

  /// The complete request, no longer part of `bodies`; the parser is idle again.
  Request take();

 private:
  std::size_t feed_head(std::string_view bytes);
  std::size_t feed_body(std::string_view bytes);
  std::size_t skip(std::size_t bytes);
  bool make_room(std::size_t bytes);
  void head_done(std::string_view head);
  void refuse(int status);

  const Limits& limits_;
  State state_ = State::idle;
  int status_ = 0;
  unsigned blank_lines_ = 0;
  bool expectation_ = false;
  bool head_new_ = false;
  bool skipping_ = false;
  std::size_t skipped_ = 0;
  std::string split_head_;  ///< the bytes of a head that came in pieces
  HeadReader reader_;
  Head head_;
  BodyCharge charge_;  ///< at least the body's capacity that was written to
  ChunkDecoder chunks_;
};

}  // namespace weir::net::http
