#include "actors/net/http/client.hpp"

#include <algorithm>
#include <charconv>

namespace weir::net::http {
namespace {

// The URL itself is not repeated: it may hold a password.
Error wrong(const char* what) {
  return Error{Code::invalid_config, std::string{"not http[s]://host[:port][/prefix]: "} + what};
}

bool host_byte(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
         c == '-' || c == '_';
}

bool path_byte(char c) { return c > 0x20 && c < 0x7f && c != '?' && c != '#' && c != '@'; }

/// The host of `authority`, with the rest (":port" or nothing) left in it; brackets are dropped.
Result<std::string> take_host(std::string_view& authority) {
  if (!authority.empty() && authority.front() == '[') {
    const auto close = authority.find(']');
    if (close == std::string_view::npos || close < 3) return wrong("the IPv6 address");
    const auto host = authority.substr(1, close - 1);
    const auto fits = [](char c) { return host_byte(c) || c == ':' || c == '%'; };
    if (!std::all_of(host.begin(), host.end(), fits)) return wrong("the IPv6 address");
    authority.remove_prefix(close + 1);
    return std::string{host};
  }
  const auto host = authority.substr(0, authority.find(':'));
  if (host.empty() || !std::all_of(host.begin(), host.end(), host_byte)) return wrong("the host");
  authority.remove_prefix(host.size());
  return std::string{host};
}

}  // namespace

Result<Origin> parse_origin(const std::string& url) {
  Origin origin;
  std::string_view rest = url;
  if (rest.rfind("http://", 0) == 0) {
    rest.remove_prefix(7);
  } else if (rest.rfind("https://", 0) == 0) {
    rest.remove_prefix(8);
    origin.https = true;
    origin.port = 443;
  } else {
    return wrong("the scheme");
  }
  const auto slash = std::min(rest.find('/'), rest.size());
  auto authority = rest.substr(0, slash);
  auto prefix = rest.substr(slash);
  WEIR_TRY(origin.host, take_host(authority));
  if (!authority.empty()) {
    if (authority.front() != ':') return wrong("the host");
    authority.remove_prefix(1);
    const auto* end = authority.data() + authority.size();
    const auto r = std::from_chars(authority.data(), end, origin.port);
    if (r.ec != std::errc{} || r.ptr != end || origin.port == 0) return wrong("the port");
  }
  while (!prefix.empty() && prefix.back() == '/') prefix.remove_suffix(1);
  if (!std::all_of(prefix.begin(), prefix.end(), path_byte)) return wrong("the path");
  origin.prefix = prefix;
  return origin;
}

}  // namespace weir::net::http
