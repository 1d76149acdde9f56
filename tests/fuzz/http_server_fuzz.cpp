// The server's request parser, fed whole and in pieces: both must come to the same requests, and
// none may exceed its limits. The first byte of the input chooses how it is split.
#include "actors/net/http/request_parser.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace weir::net::http;
using State = RequestParser::State;

struct Outcome {
  std::vector<std::string> requests;  ///< method, path, query, headers and body, one by one
  int status = 0;                     ///< of the refusal that ended it
};

void must(bool holds) {
  if (!holds) std::abort();
}

const Limits& limits() {
  static const Limits small = [] {
    Limits l;
    l.target_bytes_max = 64;
    l.header_bytes_max = 512;
    l.headers_max = 8;
    l.body_bytes_max = 256;
    return l;
  }();
  return small;
}

std::string flat(const Request& request) {
  must(request.path.size() + request.query.size() <= limits().target_bytes_max);
  must(request.headers.size() <= limits().headers_max);
  must(request.body.size() <= limits().body_bytes_max);
  std::string text = request.method + ' ' + request.path + '?' + request.query + '\n';
  for (const auto& [name, value] : request.headers) {
    must(value.find_first_of("\r\n") == std::string::npos);
    text += name + ": " + value + '\n';
  }
  return text + request.body;
}

/// More than one body may hold: the budget must never be what refuses.
constexpr std::size_t bodies_bytes_max = 512;

/// Splits after each `step` bytes, varied by the bytes themselves; 0: not at all.
Outcome run(std::string_view bytes, std::size_t step) {
  BodyBudget bodies{bodies_bytes_max};
  RequestParser parser{limits(), &bodies};
  Outcome outcome;
  while (!bytes.empty() && outcome.status == 0) {
    const auto length =
        step == 0 ? bytes.size() : 1 + static_cast<unsigned char>(bytes.front()) % step;
    auto piece = bytes.substr(0, length);
    const auto used = parser.feed(piece);
    must(used <= piece.size());
    bytes.remove_prefix(used);
    must(bodies.held() <= limits().body_bytes_max);
    must(parser.state() != State::body || parser.body_received() <= bodies.held());
    if (parser.state() == State::complete) {
      outcome.requests.push_back(flat(parser.take()));
      must(bodies.held() == 0);
    }
    if (parser.state() == State::refused) outcome.status = parser.status();
    must(outcome.status == 0 || bodies.held() == 0);
    must(used > 0 || outcome.status != 0 || parser.state() == State::idle);
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes{reinterpret_cast<const char*>(data) + 1, size - 1};
  const auto whole = run(bytes, 0);
  for (const std::size_t step : {std::size_t{1}, std::size_t{1} + data[0] % 32}) {
    const auto pieces = run(bytes, step);
    must(pieces.requests == whole.requests);
    // Which rule is broken first may differ: a line can be too long before it is malformed.
    must((pieces.status == 0) == (whole.status == 0));
  }
  return 0;
}
