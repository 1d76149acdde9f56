#include "actors/net/http/response_parser.hpp"

#include <llhttp.h>

namespace weir::net::http {

struct ResponseParser::State {
  llhttp_t parser{};
  bool head_request = false;
  bool head_complete = false;
  bool complete = false;
  bool keep_alive = false;
  bool value_seen = true;  ///< the next name byte begins a header
  std::size_t header_bytes = 0;
  Headers headers;
  std::string_view span;  ///< the first body piece of this feed
  std::string gathered;   ///< all pieces, where there are several

  static State& of(llhttp_t* p) { return *static_cast<State*>(p->data); }

  bool interim() const { return parser.status_code >= 100 && parser.status_code < 200; }

  int name(std::string_view piece) {
    if ((header_bytes += piece.size()) > header_bytes_max) return -1;
    if (head_complete) return 0;  // trailers are dropped
    if (value_seen && headers.size() == headers_max) return -1;
    if (value_seen) headers.emplace_back();
    value_seen = false;
    for (const char c : piece)
      headers.back().name += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return 0;
  }

  int value(std::string_view piece) {
    if ((header_bytes += piece.size()) > header_bytes_max) return -1;
    if (head_complete) return 0;
    value_seen = true;
    headers.back().value += piece;
    return 0;
  }

  int headers_complete() {
    value_seen = true;
    for (auto& header : headers)  // llhttp keeps the blanks behind a value
      header.value.resize(header.value.find_last_not_of(" \t") + 1);
    if (parser.status_code == 101) return -1;
    parser.upgrade = 0;
    head_complete = !interim();
    return head_request || interim() ? 1 : 0;
  }

  int body(std::string_view piece) {
    if (gathered.empty() && span.empty()) {
      span = piece;
      return 0;
    }
    if (gathered.empty()) gathered = span;
    gathered += piece;
    return 0;
  }

  int message_complete() {
    complete = head_complete;
    keep_alive = llhttp_should_keep_alive(&parser) != 0;
    return HPE_PAUSED;
  }
};

namespace {

using S = llhttp_t;

template <class State>
const llhttp_settings_t& settings() {
  static const llhttp_settings_t table = [] {
    llhttp_settings_t s;
    llhttp_settings_init(&s);
    s.on_header_field = [](S* p, const char* at, std::size_t n) {
      return State::of(p).name({at, n});
    };
    s.on_header_value = [](S* p, const char* at, std::size_t n) {
      return State::of(p).value({at, n});
    };
    // An empty value has no span, yet the next name begins a header.
    s.on_header_value_complete = [](S* p) { return State::of(p).value({}); };
    s.on_status = [](S* p, const char*, std::size_t n) {
      return (State::of(p).header_bytes += n) > ResponseParser::header_bytes_max ? -1 : 0;
    };
    s.on_headers_complete = [](S* p) { return State::of(p).headers_complete(); };
    s.on_body = [](S* p, const char* at, std::size_t n) { return State::of(p).body({at, n}); };
    s.on_message_complete = [](S* p) { return State::of(p).message_complete(); };
    return s;
  }();
  return table;
}

}  // namespace

ResponseParser::ResponseParser() : state_{std::make_unique<State>()} { reset(false); }
ResponseParser::~ResponseParser() = default;

void ResponseParser::reset(bool head_request) {
  *state_ = State{};
  state_->head_request = head_request;
  llhttp_init(&state_->parser, HTTP_RESPONSE, &settings<State>());
  state_->parser.data = state_.get();
}

bool ResponseParser::feed(std::string_view bytes, std::size_t& used) {
  auto& s = *state_;
  used = 0;
  s.span = {};
  s.gathered.clear();
  while (used < bytes.size() && !s.complete) {
    const auto rest = bytes.substr(used);
    const auto verdict = llhttp_execute(&s.parser, rest.data(), rest.size());
    if (verdict == HPE_OK) {
      used = bytes.size();
      break;
    }
    if (verdict != HPE_PAUSED) return false;
    used += static_cast<std::size_t>(llhttp_get_error_pos(&s.parser) - rest.data());
    if (s.complete) break;
    // An interim answer is over: its headers are not the final answer's.
    const bool head_request = s.head_request;
    reset(head_request);
  }
  return true;
}

bool ResponseParser::end_of_stream() {
  auto& s = *state_;
  if (s.complete) return true;
  if (!s.head_complete) return false;
  const auto verdict = llhttp_finish(&s.parser);
  return (verdict == HPE_OK || verdict == HPE_PAUSED) && s.complete;
}

bool ResponseParser::head_complete() const { return state_->head_complete; }
bool ResponseParser::complete() const { return state_->complete; }
bool ResponseParser::keep_alive() const { return state_->keep_alive; }
int ResponseParser::status() const { return state_->parser.status_code; }
const Headers& ResponseParser::headers() const { return state_->headers; }
std::string_view ResponseParser::body() const {
  return state_->gathered.empty() ? state_->span : std::string_view{state_->gathered};
}

}  // namespace weir::net::http
