// How heads are put on the wire: by our own serialiser, never relayed raw. A control byte in a
// value becomes a space, and headers that frame the message are written by us alone.
#pragma once

#include "actors/net/http/message.hpp"

#include <ctime>
#include <string>
#include <string_view>

namespace weir::net::http {

/// "OK" for 200 and so on; "Status" for numbers without a common phrase.
std::string_view reason_phrase(int status);

/// `name: value\r\n`, made harmless: see above.
void append_header(std::string& out, std::string_view name, std::string_view value);
/// All of `headers` but content-length, transfer-encoding, connection and date.
void append_headers(std::string& out, const Headers& headers);
void append_number(std::string& out, std::size_t number);

/// ASCII case-insensitive equality.
bool same_text(std::string_view a, std::string_view b);

/// The `date` header's line, rendered once a second. O(1).
class DateLine {
 public:
  const std::string& now();

 private:
  std::time_t second_ = 0;
  std::string line_;
};

}  // namespace weir::net::http
