// vLLM shares the KV cache of equal beginnings between requests; with a salt, only between those
// that carry the same one. Each tenant has its own: what others have asked cannot be timed.
#pragma once

#include "schema/types/messages.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace weir::engines {

/// Hex SHA-256 of `secret` and the tenant's name.
std::string tenant_salt(const Sha256& secret, std::string_view tenant);
/// The JSON object with "cache_salt" set to `salt` (hex); one that it has is replaced, and every
/// other byte stays. nullopt: it is no JSON object. O(body).
std::optional<std::string> with_cache_salt(std::string_view body, std::string_view salt);

}  // namespace weir::engines
