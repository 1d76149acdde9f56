#include "actors/net/http/request_parser.hpp"

#include <algorithm>
#include <utility>

namespace weir::net::http {
namespace {

/// Empty lines that a client may send before a request line (RFC 9112 2.2).
constexpr unsigned blank_lines_max = 2;
/// What is set aside for a body before its bytes come: a promise costs its sender nothing.
constexpr std::size_t body_reserve_max = 64 * 1024;

}  // namespace

RequestParser::RequestParser(const Limits& limits)
    : limits_{limits}, reader_{limits}, chunks_{limits.body_bytes_max, limits.header_bytes_max} {}

std::size_t RequestParser::feed(std::string_view bytes) {
  switch (state_) {
    case State::idle:
    case State::head:
      return feed_head(bytes);
    case State::body:
      return feed_body(bytes);
    case State::complete:
    case State::refused:
      return 0;
  }
  return 0;
}

std::size_t RequestParser::feed_head(std::string_view bytes) {
  std::size_t used = 0;
  if (state_ == State::idle) {
    while (bytes.substr(used, 2) == "\r\n" && blank_lines_ < blank_lines_max) {
      used += 2;
      ++blank_lines_;
    }
    if (used == bytes.size()) return used;
    state_ = State::head;
  }
  const auto before = split_head_.size();
  std::string_view text = bytes.substr(used);
  if (before > 0) {
    split_head_ += text;
    text = split_head_;
  }
  if (text == "\r" && before == 0) {  // half of a blank line, or a lone CR
    split_head_ = text;
    return used + 1;
  }
  if (before == 1 && text.substr(0, 2) == "\r\n" && blank_lines_ < blank_lines_max) {
    ++blank_lines_;
    split_head_.clear();
    state_ = State::idle;
    return used + 1;
  }
  if (const int status = reader_.scan(text)) {
    refuse(status);
    return bytes.size();
  }
  if (reader_.head_size() == 0) {
    if (before == 0) split_head_ = text;
    return bytes.size();
  }
  used += reader_.head_size() - before;
  head_done(text.substr(0, reader_.head_size()));
  return used;
}

void RequestParser::head_done(std::string_view head) {
  if (const int status = reader_.parse(head, head_)) return refuse(status);
  split_head_.clear();
  const auto& framing = head_.framing;
  if (framing.content_length > limits_.body_bytes_max) return refuse(413);
  if (!framing.chunked && framing.content_length == 0) {
    state_ = State::complete;
    return;
  }
  state_ = State::body;
  expectation_ = framing.expects_continue && !framing.http_1_0;
  head_.request.body.reserve(std::min(framing.content_length, body_reserve_max));
  chunks_ = ChunkDecoder{limits_.body_bytes_max, limits_.header_bytes_max};
}

std::size_t RequestParser::feed_body(std::string_view bytes) {
  expectation_ = expectation_ && bytes.empty();
  auto& body = head_.request.body;
  if (!head_.framing.chunked) {
    const auto n = std::min(bytes.size(), head_.framing.content_length - body.size());
    body.append(bytes, 0, n);
    if (body.size() == head_.framing.content_length) state_ = State::complete;
    return n;
  }
  std::size_t used = 0;
  switch (chunks_.feed(bytes, body, used)) {
    case ChunkDecoder::Verdict::more:
      break;
    case ChunkDecoder::Verdict::done:
      state_ = State::complete;
      break;
    case ChunkDecoder::Verdict::malformed:
      refuse(400);
      break;
    case ChunkDecoder::Verdict::too_large:
      refuse(413);
      break;
  }
  return used;
}

void RequestParser::refuse(int status) {
  state_ = State::refused;
  status_ = status;
  split_head_ = {};
  head_.request.body = {};
}

bool RequestParser::take_expectation() { return std::exchange(expectation_, false); }

Request RequestParser::take() {
  Request request = std::move(head_.request);
  head_ = {};
  reader_.reset();
  blank_lines_ = 0;
  state_ = State::idle;
  return request;
}

}  // namespace weir::net::http
