// Bytes in, one answer out: the client's side of HTTP/1.1 without a socket. llhttp takes the
// message apart; what it lets pass and we do not is named at feed().
#pragma once

#include "actors/net/http/message.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace weir::net::http {

class ResponseParser {
 public:
  static constexpr std::size_t header_bytes_max = 64 * 1024;
  static constexpr std::size_t headers_max = 256;

  ResponseParser();
  ~ResponseParser();
  ResponseParser(const ResponseParser&) = delete;
  ResponseParser& operator=(const ResponseParser&) = delete;

  /// Forgets everything. `head_request`: the answer has no body whatever its headers say.
  void reset(bool head_request);

  /// Takes a prefix of `bytes`, at most up to the answer's end; `used` is its length. Interim
  /// (1xx) answers are skipped. returns false for a malformed answer, for 101 (no change of
  /// protocol was asked for), and for headers over their limits. O(bytes).
  bool feed(std::string_view bytes, std::size_t& used);
  /// The peer ended the stream. returns whether the answer is complete thereby.
  bool end_of_stream();

  bool head_complete() const;  ///< of the final answer
  bool complete() const;
  bool keep_alive() const;  ///< valid once complete
  int status() const;
  const Headers& headers() const;
  /// Body bytes decoded by the last feed(); a view of its `bytes` or of the parser's memory.
  std::string_view body() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace weir::net::http
