#include "actors/net/http/message.hpp"

namespace weir::net::http {

std::optional<std::string_view> find(const Headers& headers, std::string_view name) {
  for (const auto& header : headers)
    if (header.name == name) return header.value;
  return std::nullopt;
}

}  // namespace weir::net::http
