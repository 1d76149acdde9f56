// HTTP messages as values, and the limits that are checked before anything is allocated.
#pragma once

#include "schema/types/units.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::net::http {

struct Header {
  std::string name;  ///< lower case
  std::string value;
};
using Headers = std::vector<Header>;

/// The value of the header called `name` (lower case); nullopt when absent. O(headers).
std::optional<std::string_view> find(const Headers& headers, std::string_view name);

struct Request {
  std::string method;
  std::string path;   ///< before '?', as sent, at most `target_bytes_max`
  std::string query;  ///< after '?', may be empty
  Headers headers;
  std::string body;
};

struct Response {
  int status = 200;
  Headers headers;  ///< without content-length, transfer-encoding, connection, date
  std::string body;
};

/// The limits of one HTTP endpoint. Exceeding one is answered (431, 413, 408, 503) and closes.
struct Limits {
  std::size_t target_bytes_max = 8 * 1024;
  std::size_t header_bytes_max = 32 * 1024;  ///< all headers together
  std::size_t headers_max = 100;
  std::size_t body_bytes_max = 32U << 20U;
  /// Bodies of all connections together that no handler has yet: 503 beyond.
  std::size_t bodies_bytes_max = std::size_t{1} << 30U;
  std::size_t connections_max = 10'000;
  std::size_t buffered_bytes_max = 256 * 1024;  ///< unsent answer bytes of one exchange
  Millis header_deadline{10'000};  ///< from the first byte of a request to its last header byte
  Millis body_stall{30'000};       ///< longest silence inside a body
  /// A whole body's time: `body_grace`, and a second for each `body_rate_min` bytes received.
  Millis body_grace{30'000};
  std::size_t body_rate_min = 8 * 1024;
  Millis idle_max{75'000};  ///< keep-alive without a request
  /// Longest time a client acknowledges nothing while we have bytes; found out within 5/4 of it.
  Millis write_stall{30'000};
};

}  // namespace weir::net::http
