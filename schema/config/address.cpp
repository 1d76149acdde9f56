#include "schema/config/address.hpp"

#include <arpa/inet.h>
#include <algorithm>
#include <array>
#include <charconv>

namespace weir::config {

namespace {

constexpr std::size_t host_bytes_max = 253;

bool host_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-' || c == '_';
}

bool v6_char(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' ||
         c == '.';
}

/// Takes "host" or "[v6]" from the front of `rest`; empty where neither stands there.
std::string take_host(std::string_view& rest) {
  if (!rest.empty() && rest[0] == '[') {
    const auto close = rest.find(']');
    if (close == std::string_view::npos) return {};
    const auto host = rest.substr(1, close - 1);
    rest.remove_prefix(close + 1);
    const bool v6 = std::all_of(host.begin(), host.end(), v6_char) &&
                    std::count(host.begin(), host.end(), ':') >= 2 && host.size() <= 45;
    return v6 ? std::string{host} : std::string{};
  }
  const auto end = std::find_if_not(rest.begin(), rest.end(), host_char);
  const auto host = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
  rest.remove_prefix(host.size());
  return host.size() <= host_bytes_max ? std::string{host} : std::string{};
}

std::optional<std::uint16_t> take_port(std::string_view& rest) {
  std::uint16_t port = 0;
  const auto read = std::from_chars(rest.data(), rest.data() + rest.size(), port);
  if (read.ec != std::errc{}) return std::nullopt;
  rest.remove_prefix(static_cast<std::size_t>(read.ptr - rest.data()));
  return port;
}

}  // namespace

std::optional<HostPort> parse_host_port(std::string_view text) {
  const auto host = take_host(text);
  if (host.empty() || text.empty() || text[0] != ':') return std::nullopt;
  text.remove_prefix(1);
  const auto port = take_port(text);
  if (!port || !text.empty()) return std::nullopt;
  return HostPort{host, *port};
}

bool loopback(std::string_view host) {
  if (host == "localhost" || host == "::1") return true;
  if (host.substr(0, 4) != "127.") return false;
  // "127.example.com" is a name, and could be anywhere.
  return std::all_of(host.begin(), host.end(),
                     [](char c) { return c == '.' || (c >= '0' && c <= '9'); });
}

bool bindable(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> address{};
  return host == "localhost" || ::inet_pton(AF_INET, host.c_str(), address.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), address.data()) == 1;
}

std::optional<Url> parse_url(std::string_view text) {
  Url url;
  if (text.substr(0, 7) == "http://") {
    text.remove_prefix(7);
  } else if (text.substr(0, 8) == "https://") {
    text.remove_prefix(8);
    url.tls = true;
  } else {
    return std::nullopt;
  }
  url.host = take_host(text);
  if (url.host.empty()) return std::nullopt;
  if (!text.empty() && text[0] == ':') {
    text.remove_prefix(1);
    const auto port = take_port(text);
    if (!port || *port == 0) return std::nullopt;
  }
  if (text.empty()) return url;
  const bool prefix = text[0] == '/' && std::all_of(text.begin(), text.end(), [](char c) {
                        return host_char(c) || c == '/' || c == '~' || c == '%';
                      });
  return prefix ? std::optional{url} : std::nullopt;
}

}  // namespace weir::config
