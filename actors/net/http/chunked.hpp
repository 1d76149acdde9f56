// The chunked transfer coding of request bodies, strictly: llhttp as Debian builds it takes any
// two bytes for the line end behind a chunk ("5\r\nhelloXX0…"), which is how requests are
// smuggled past a front server.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace weir::net::http {

class ChunkDecoder {
 public:
  enum class Verdict { more, done, malformed, too_large };

  /// `body_max` decoded bytes; `overhead_max` bytes of extensions and of trailers in all.
  ChunkDecoder(std::size_t body_max, std::size_t overhead_max)
      : body_max_{body_max}, overhead_max_{overhead_max} {}

  /// Decodes a prefix of `bytes` onto `body`; `used` is the prefix's length. A chunk that would
  /// exceed `body_max` is refused at its size line, before its data. Trailers are checked and
  /// dropped. O(bytes).
  Verdict feed(std::string_view bytes, std::string& body, std::size_t& used);

 private:
  enum class Step { size, extension, size_lf, data, data_cr, data_lf, trailer, trailer_lf, end };
  Verdict size_digit(char c, std::size_t body_bytes);
  bool framing(char c);
  bool trailer(char c);
  bool overhead() { return ++overhead_ <= overhead_max_; }

  std::size_t body_max_;
  std::size_t overhead_max_;
  std::size_t overhead_ = 0;
  std::size_t left_ = 0;  ///< of the current chunk
  unsigned digits_ = 0;
  bool line_empty_ = true;  ///< nothing of the current trailer line was seen
  bool named_ = false;      ///< the current trailer line's colon was seen
  Step step_ = Step::size;
};

}  // namespace weir::net::http
