// What an agent tells of itself, cut to what one message may hold.
#pragma once

#include "schema/types/messages.hpp"
#include "schema/types/worker.hpp"

#include <cstddef>

namespace weir::domain {

/// The most an inventory takes by encoded_bytes(); half of what a link lets pass.
inline constexpr std::size_t inventory_bytes_max = 512 * 1024;

/// The bytes that `inventory` takes on the wire, less the unused ends of segments: a tenth more
/// at most. O(models + tenants).
std::size_t encoded_bytes(const Inventory& inventory);

/// Leaves out tenants beyond half of `bytes_max`, then models of the engines that have most, each
/// from its list's end, until the rest fits. Equal inventories are cut equally.
/// returns  what was left out. O(models + tenants + engines log engines).
InventoryCut cut_to(std::size_t bytes_max, Inventory& inventory);

}  // namespace weir::domain
