// What tokens cost. Money rounds against us and saturates at 2^61 micro-USD.
#pragma once

#include "schema/types/messages.hpp"
#include "schema/types/units.hpp"

#include <cstdint>

namespace weir {

/// Tokens at a price per million. O(1).
MicroUsd price_of(std::uint64_t tokens, MicroUsd per_mtok);
/// What a call with this usage cost.
MicroUsd cost_of(const Usage& usage, MicroUsd in_per_mtok, MicroUsd out_per_mtok);

}  // namespace weir
