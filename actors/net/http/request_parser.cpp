#include "actors/net/http/request_parser.hpp"

#include <algorithm>
#include <utility>

namespace weir::net::http {
namespace {

/// Empty lines that a client may send before a request line (RFC 9112 2.2).
constexpr unsigned blank_lines_max = 2;
/// What is set aside for a body at first: a promise costs its sender nothing.
constexpr std::size_t body_reserve_min = 4 * 1024;
/// How a body's memory grows. Steps are few where the length is known, for what a step leaves
/// behind is too small for the next one and stays with the process.
constexpr std::size_t growth_counted = 8;
constexpr std::size_t growth_chunked = 2;
/// The longest body that is read to be thrown away, so that its connection can go on.
constexpr std::size_t skipped_bytes_max = 64 * 1024;

}  // namespace

RequestParser::RequestParser(const Limits& limits, BodyBudget* bodies)
    : limits_{limits},
      reader_{limits},
      charge_{bodies},
      chunks_{limits.body_bytes_max, limits.header_bytes_max} {}

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
  head_new_ = true;
  if (!framing.chunked && framing.content_length == 0) {
    state_ = State::complete;
    return;
  }
  state_ = State::body;
  expectation_ = framing.expects_continue;
  chunks_ = ChunkDecoder{limits_.body_bytes_max, limits_.header_bytes_max};
}

std::size_t RequestParser::feed_body(std::string_view bytes) {
  expectation_ = expectation_ && bytes.empty();
  if (skipping_) return skip(bytes.size());
  auto& body = head_.request.body;
  if (!make_room(bytes.size())) {
    refuse(503);
    return bytes.size();
  }
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

std::size_t RequestParser::skip(std::size_t bytes) {
  const auto n = std::min(bytes, head_.framing.content_length - skipped_);
  skipped_ += n;
  if (skipped_ == head_.framing.content_length) state_ = State::complete;
  return n;
}

/// Sets memory aside for `bytes` more bytes of the body, as far as it may grow at all.
bool RequestParser::make_room(std::size_t bytes) {
  auto& body = head_.request.body;
  const auto most = head_.framing.chunked ? limits_.body_bytes_max : head_.framing.content_length;
  const auto needed = std::min(most, body.size() + bytes);
  if (needed <= charge_.held()) return true;
  const auto growth = head_.framing.chunked ? growth_chunked : growth_counted;
  const auto grown = std::min(most, std::max({needed, growth * charge_.held(), body_reserve_min}));
  if (!charge_.grow_to(grown)) return false;
  body.reserve(grown);
  return true;
}

bool RequestParser::skip_body() {
  const auto& framing = head_.framing;
  if (state_ == State::body &&
      (framing.chunked || framing.expects_continue || framing.content_length > skipped_bytes_max))
    return false;
  skipping_ = true;
  return true;
}

void RequestParser::refuse(int status) {
  state_ = State::refused;
  status_ = status;
  split_head_ = {};
  head_.request.body = {};
  charge_.release();
}

bool RequestParser::take_head() { return std::exchange(head_new_, false); }

bool RequestParser::take_expectation() { return std::exchange(expectation_, false); }

Request RequestParser::take() {
  Request request = std::move(head_.request);
  head_ = {};
  charge_.release();
  skipping_ = head_new_ = false;
  skipped_ = 0;
  reader_.reset();
  blank_lines_ = 0;
  state_ = State::idle;
  return request;
}

}  // namespace weir::net::http
