// Digests of clearances.
#pragma once

#include "schema/types/messages.hpp"

#include <string_view>

namespace weir::net::tls {

/// O(bytes).
Sha256 sha256(std::string_view bytes);
/// HMAC-SHA-256, RFC 2104. O(bytes).
Sha256 hmac_sha256(const Sha256& key, std::string_view bytes);
/// 32 bytes of the system's randomness. Ends the process where there is none.
Sha256 random_key();

}  // namespace weir::net::tls
