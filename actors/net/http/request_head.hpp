// The head of one request: read line by line, judged twice. Our scan takes it apart and refuses
// what llhttp lets pass (folded lines, lone CR, duplicates, odd targets); llhttp then judges the
// same bytes, and both must agree on how the message is framed.
#pragma once

#include "actors/net/http/message.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace weir::net::http {

/// Bytes of a token (RFC 9110 5.6.2) and of a field value: tab, printable, obs-text.
bool token_byte(char c);
bool value_byte(char c);

/// How the message goes on behind its head.
struct Framing {
  std::size_t content_length = 0;
  bool chunked = false;
  bool keep_alive = false;
  bool http_1_0 = false;
  bool expects_continue = false;  ///< and waits for it, which HTTP/1.0 does not
};

struct Head {
  Request request;  ///< without body
  Framing framing;
};

/// Reads heads whose bytes arrive in any pieces.
class HeadReader {
 public:
  explicit HeadReader(const Limits& limits) : limits_{limits} {}

  /// Looks at `text`, all bytes of the head so far (from the request line's first byte), beyond
  /// what former calls saw. returns 0 while lines are fine, else the refusing status.
  /// `head_size()` is set once the empty line was seen. O(new bytes).
  int scan(std::string_view text);
  std::size_t head_size() const { return size_; }  ///< 0: not complete

  /// Parses a head of `head_size()` bytes. returns 0, or the refusing status: 400, 431, 413 for a
  /// length beyond every number, 417 for an expectation that nobody meets. O(head).
  int parse(std::string_view head, Head& into) const;

  void reset();

 private:
  int check_line(std::string_view line);

  const Limits& limits_;
  std::size_t line_begin_ = 0;
  std::size_t seen_ = 0;
  std::size_t lines_ = 0;
  std::size_t request_line_ = 0;
  std::size_t size_ = 0;
};

}  // namespace weir::net::http
