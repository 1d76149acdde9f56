#include "actors/net/http/chunked.hpp"

#include "actors/net/http/request_head.hpp"

#include <algorithm>

namespace weir::net::http {
namespace {

constexpr unsigned size_digits_max = 8;

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

ChunkDecoder::Verdict ChunkDecoder::feed(std::string_view bytes, std::string& body,
                                         std::size_t& used) {
  used = 0;
  while (used < bytes.size()) {
    if (step_ == Step::data) {
      const auto n = std::min(left_, bytes.size() - used);
      body.append(bytes, used, n);
      used += n;
      left_ -= n;
      if (left_ == 0) step_ = Step::data_cr;
      continue;
    }
    const char c = bytes[used++];
    if (step_ == Step::size) {
      if (const auto verdict = size_digit(c, body.size()); verdict != Verdict::more) return verdict;
    } else if (!framing(c)) {
      return Verdict::malformed;
    }
    if (step_ == Step::end) return Verdict::done;
  }
  return Verdict::more;
}

/// One byte of a size line, up to its CR or the extension's semicolon.
ChunkDecoder::Verdict ChunkDecoder::size_digit(char c, std::size_t body_bytes) {
  if (const int digit = hex(c); digit >= 0) {
    if (++digits_ > size_digits_max) return Verdict::malformed;
    left_ = left_ * 16 + static_cast<std::size_t>(digit);
    return Verdict::more;
  }
  if (digits_ == 0 || (c != '\r' && c != ';')) return Verdict::malformed;
  if (left_ > body_max_ - body_bytes) return Verdict::too_large;
  step_ = c == '\r' ? Step::size_lf : Step::extension;
  return Verdict::more;
}

bool ChunkDecoder::framing(char c) {
  switch (step_) {
    case Step::extension:
      if (c == '\r')
        step_ = Step::size_lf;
      else if (!value_byte(c))
        return false;
      return overhead();
    case Step::size_lf:
      digits_ = 0;
      line_empty_ = true;
      step_ = left_ == 0 ? Step::trailer : Step::data;
      return c == '\n';
    case Step::data_cr:
      step_ = Step::data_lf;
      return c == '\r';
    case Step::data_lf:
      step_ = Step::size;
      return c == '\n';
    case Step::trailer:
      return trailer(c);
    case Step::trailer_lf:
      step_ = line_empty_ ? Step::end : Step::trailer;
      line_empty_ = true;
      named_ = false;
      return c == '\n';
    case Step::size:
    case Step::data:
    case Step::end:
      return false;
  }
  return false;
}

/// One byte of a trailer line: a name, a colon, a value; no folding.
bool ChunkDecoder::trailer(char c) {
  if (c == '\r') {
    step_ = Step::trailer_lf;
    return line_empty_ || named_;
  }
  if (!named_ && c == ':') {
    named_ = true;
    return !line_empty_ && overhead();
  }
  if (named_ ? !value_byte(c) : !token_byte(c)) return false;
  line_empty_ = false;
  return overhead();
}

}  // namespace weir::net::http
