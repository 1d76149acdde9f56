// Addresses as configurations write them.
#pragma once

#include "schema/types/settings.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace weir::config {

/// "host:port" into its parts; nullopt where it is not that.
std::optional<HostPort> parse_host_port(std::string_view text);
/// 127.0.0.0/8, ::1 or localhost.
bool loopback(std::string_view host);
/// An IPv4 or IPv6 address as digits, or localhost: what a listener can bind without a resolver.
bool bindable(const std::string& host);

/// scheme://host[:port][/prefix], http or https, without user, query and fragment.
struct Url {
  bool tls = false;
  std::string host;
};
std::optional<Url> parse_url(std::string_view text);

}  // namespace weir::config
