#include "actors/net/http/request_head.hpp"

#include "actors/net/http/wire.hpp"

#include <llhttp.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace weir::net::http {
namespace {

constexpr int bad = 400;
constexpr int too_large = 431;
constexpr int body_too_large = 413;
constexpr int unmet_expectation = 417;
/// Method, spaces and version of a request line, beside its target.
constexpr std::size_t request_line_rest_max = 64;

constexpr auto make_table(bool (*holds)(unsigned char)) {
  std::array<bool, 256> table{};
  for (unsigned i = 0; i < 256; ++i) table[i] = holds(static_cast<unsigned char>(i));
  return table;
}
constexpr bool is_token(unsigned char c) {
  if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return true;
  for (const char* p = "!#$%&'*+-.^_`|~"; *p != 0; ++p)
    if (static_cast<unsigned char>(*p) == c) return true;
  return false;
}
constexpr auto tokens = make_table(is_token);
constexpr auto values =
    make_table([](unsigned char c) { return c == '\t' || (c >= 0x20 && c != 0x7f); });
constexpr auto targets =
    make_table([](unsigned char c) { return c > 0x20 && c < 0x7f && c != '#'; });

template <class Table>
bool all_of(std::string_view text, const Table& table) {
  return std::all_of(text.begin(), text.end(),
                     [&](char c) { return table[static_cast<unsigned char>(c)]; });
}

std::string_view trimmed(std::string_view v) {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!v.empty() && blank(v.front())) v.remove_prefix(1);
  while (!v.empty() && blank(v.back())) v.remove_suffix(1);
  return v;
}

/// host[:port] as a Host header may say it.
bool authority(std::string_view v) {
  return !v.empty() && std::all_of(v.begin(), v.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view{"-._~%:[]"}.find(c) != std::string_view::npos;
  });
}

/// What is counted while headers are read: one of each, or the framing is ambiguous.
struct Counts {
  std::string_view host;
  std::string_view length;
  unsigned hosts = 0, lengths = 0, encodings = 0;
  bool chunked = false;
  bool unmet = false;  ///< an expectation other than 100-continue
};

void take_header(std::string_view line, Request& request, Counts& counts, Framing& framing) {
  const auto colon = line.find(':');
  const auto name = line.substr(0, colon);
  const auto value = trimmed(line.substr(colon + 1));
  Header header{std::string{name}, std::string{value}};
  for (auto& c : header.name)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  if (header.name == "host") {
    ++counts.hosts;
    counts.host = value;
  } else if (header.name == "content-length") {
    ++counts.lengths;
    counts.length = value;
  } else if (header.name == "transfer-encoding") {
    ++counts.encodings;
    counts.chunked = same_text(value, "chunked");
  } else if (header.name == "expect") {
    if (same_text(value, "100-continue"))
      framing.expects_continue = true;
    else if (!value.empty())
      counts.unmet = true;
  }
  request.headers.push_back(std::move(header));
}

/// Path and query of a target in origin, absolute or asterisk form.
int take_target(std::string_view target, std::string_view host, Request& request) {
  if (target == "*") {
    request.path = "*";
    return request.method == "OPTIONS" ? 0 : bad;
  }
  if (target.front() != '/') {
    std::size_t scheme = 0;
    if (same_text(target.substr(0, 7), "http://")) scheme = 7;
    if (same_text(target.substr(0, 8), "https://")) scheme = 8;
    if (scheme == 0) return bad;
    const auto end = std::min(target.find_first_of("/?", scheme), target.size());
    // A front server may route by one of the two and we by the other: they must not differ.
    if (!same_text(target.substr(scheme, end - scheme), host)) return bad;
    target.remove_prefix(end);
  }
  const auto mark = std::min(target.find('?'), target.size());
  request.path = target.substr(0, mark);
  if (request.path.empty()) request.path = "/";
  if (mark < target.size()) request.query = target.substr(mark + 1);
  return 0;
}

int check_framing(const Counts& counts, bool http_1_0, Framing& framing) {
  if (counts.hosts > 1 || (counts.hosts == 0 && !http_1_0)) return bad;
  if (counts.hosts == 1 && !authority(counts.host)) return bad;
  if (counts.lengths > 1 || counts.encodings > 1) return bad;
  if (counts.encodings == 1 && (!counts.chunked || counts.lengths == 1 || http_1_0)) return bad;
  framing.chunked = counts.chunked;
  framing.http_1_0 = http_1_0;
  framing.expects_continue = framing.expects_continue && !http_1_0;
  if (counts.lengths == 0) return 0;
  if (counts.length.find_first_not_of("0123456789") != std::string_view::npos) return bad;
  const auto* begin = counts.length.data();
  const auto r = std::from_chars(begin, begin + counts.length.size(), framing.content_length);
  if (r.ec == std::errc::result_out_of_range) return body_too_large;
  return r.ec == std::errc{} ? 0 : bad;
}

/// llhttp's opinion of the head: how the message is framed.
struct Opinion {
  bool seen = false;
  bool chunked = false;
  bool keep_alive = false;
  std::uint64_t content_length = 0;
};

const llhttp_settings_t& judge_settings() {
  static const llhttp_settings_t settings = [] {
    llhttp_settings_t s;
    llhttp_settings_init(&s);
    s.on_headers_complete = [](llhttp_t* p) {
      *static_cast<Opinion*>(p->data) = {true, (p->flags & F_CHUNKED) != 0,
                                         llhttp_should_keep_alive(p) != 0, p->content_length};
      p->upgrade = 0;  // offers to change the protocol are not taken up
      return 1;        // the body is not llhttp's: see chunked.hpp
    };
    s.on_message_complete = [](llhttp_t*) -> int { return HPE_PAUSED; };
    return s;
  }();
  return settings;
}

bool judge(std::string_view head, Framing& framing) {
  Opinion opinion;
  llhttp_t parser;
  llhttp_init(&parser, HTTP_REQUEST, &judge_settings());
  parser.data = &opinion;
  const auto verdict = llhttp_execute(&parser, head.data(), head.size());
  if ((verdict != HPE_PAUSED && verdict != HPE_OK) || !opinion.seen) return false;
  framing.keep_alive = opinion.keep_alive;
  return opinion.chunked == framing.chunked &&
         (framing.chunked || opinion.content_length == framing.content_length);
}

}  // namespace

bool token_byte(char c) { return tokens[static_cast<unsigned char>(c)]; }
bool value_byte(char c) { return values[static_cast<unsigned char>(c)]; }

void HeadReader::reset() { line_begin_ = seen_ = lines_ = request_line_ = size_ = 0; }

int HeadReader::scan(std::string_view text) {
  while (size_ == 0) {
    const auto* found =
        static_cast<const char*>(std::memchr(text.data() + seen_, '\n', text.size() - seen_));
    if (found == nullptr) {
      seen_ = text.size();
      const auto most = lines_ == 0 ? limits_.target_bytes_max + request_line_rest_max + 1  // CR
                                    : limits_.header_bytes_max;
      return seen_ - request_line_ > most ? too_large : 0;
    }
    const auto end = static_cast<std::size_t>(found - text.data());
    if (end == line_begin_ || text[end - 1] != '\r') return bad;  // a bare LF
    if (const int status = check_line(text.substr(line_begin_, end - 1 - line_begin_)))
      return status;
    seen_ = line_begin_ = end + 1;
    if (lines_ == 1) request_line_ = line_begin_;
    if (line_begin_ - request_line_ > limits_.header_bytes_max) return too_large;
  }
  return 0;
}

/// Counts one line; only what a line shows alone is judged here.
int HeadReader::check_line(std::string_view line) {
  if (lines_++ == 0) {
    if (line.size() > limits_.target_bytes_max + request_line_rest_max) return too_large;
    return line.empty() || std::memchr(line.data(), '\r', line.size()) != nullptr ? bad : 0;
  }
  if (line.empty()) {
    size_ = line_begin_ + 2;
    return 0;
  }
  if (lines_ - 1 > limits_.headers_max) return too_large;
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return bad;
  // A folded line begins with a blank, which no name does; nor does one end with a blank.
  if (!all_of(line.substr(0, colon), tokens)) return bad;
  return all_of(line.substr(colon + 1), values) ? 0 : bad;
}

int HeadReader::parse(std::string_view head, Head& into) const {
  const auto line = head.substr(0, request_line_ - 2);
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last || first == 0) return bad;
  const auto target = line.substr(first + 1, last - first - 1);
  const auto version = line.substr(last + 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return bad;
  if (target.size() > limits_.target_bytes_max) return too_large;
  if (target.empty() || !all_of(target, targets)) return bad;
  into.request.method = line.substr(0, first);
  into.request.headers.reserve(lines_ - 2);
  Counts counts;
  for (auto at = request_line_; at + 2 < head.size();) {
    const auto end = head.find('\r', at);
    take_header(head.substr(at, end - at), into.request, counts, into.framing);
    at = end + 2;
  }
  // The target first: its path says in which shape the others are refused.
  if (const int status = take_target(target, counts.host, into.request)) return status;
  if (const int status = check_framing(counts, version == "HTTP/1.0", into.framing)) return status;
  if (!judge(head, into.framing)) return bad;
  return counts.unmet ? unmet_expectation : 0;
}

}  // namespace weir::net::http
