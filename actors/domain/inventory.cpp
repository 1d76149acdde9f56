#include "actors/domain/inventory.hpp"

#include <algorithm>
#include <cstdint>

namespace weir::domain {
namespace {

// Cap'n Proto's words: a text is a pointer and its bytes with a closing NUL, a struct its fields
// in whole words and one pointer to each text or list.
constexpr std::size_t word = 8;
constexpr std::size_t model_bytes = 8 * word;
constexpr std::size_t more_bytes = 4 * word;
constexpr std::size_t engine_bytes = 5 * word;
constexpr std::size_t frame_bytes = 64 * word;  ///< segments, envelope, host figures

std::size_t text_bytes(const std::string& text) { return (text.size() + word) / word * word; }

std::size_t bytes_of(const std::vector<std::string>& texts) {
  std::size_t bytes = word;
  for (const auto& text : texts) bytes += word + text_bytes(text);
  return bytes;
}

std::size_t bytes_of(const ModelInfo& model) {
  const auto more =
      more_bytes + text_bytes(model.digest) + text_bytes(model.parent) + bytes_of(model.aliases);
  return model_bytes + text_bytes(model.id) + text_bytes(model.family) +
         text_bytes(model.quantization) + (model.tells_more() ? more : 0);
}

std::size_t bytes_of(const EngineInventory& engine) {
  std::size_t bytes = engine_bytes;
  for (const auto& model : engine.models) bytes += bytes_of(model);
  return bytes;
}

/// The largest share that may be given to each of `sizes` so that all fit into `room`.
std::size_t fair_share(std::vector<std::size_t> sizes, std::size_t room) {
  std::sort(sizes.begin(), sizes.end());
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const auto share = room / (sizes.size() - i);
    if (sizes[i] > share) return share;
    room -= sizes[i];
  }
  return SIZE_MAX;
}

/// Drops from the end what does not fit. returns how many.
template <class Item, class Bytes>
std::size_t keep(std::vector<Item>& items, std::size_t room, Bytes bytes) {
  std::size_t kept = 0;
  while (kept < items.size() && bytes(items[kept]) <= room) room -= bytes(items[kept++]);
  const auto dropped = items.size() - kept;
  items.erase(items.end() - static_cast<std::ptrdiff_t>(dropped), items.end());
  return dropped;
}

}  // namespace

std::size_t encoded_bytes(const Inventory& inventory) {
  auto bytes = frame_bytes + bytes_of(inventory.accept.tenants) + bytes_of(inventory.host.gpus);
  for (const auto& engine : inventory.engines) bytes += bytes_of(engine);
  return bytes;
}

InventoryCut cut_to(std::size_t bytes_max, Inventory& inventory) {
  InventoryCut cut;
  if (encoded_bytes(inventory) <= bytes_max) return cut;
  cut.tenants = keep(inventory.accept.tenants, bytes_max / 2,
                     [](const std::string& text) { return word + text_bytes(text); });
  std::vector<std::size_t> sizes;
  for (const auto& engine : inventory.engines) sizes.push_back(bytes_of(engine));
  const auto others =
      frame_bytes + bytes_of(inventory.accept.tenants) + bytes_of(inventory.host.gpus);
  const auto share = fair_share(sizes, bytes_max - std::min(others, bytes_max));
  for (auto& engine : inventory.engines)
    cut.models += keep(engine.models, share - std::min(share, engine_bytes),
                       [](const ModelInfo& model) { return bytes_of(model); });
  return cut;
}

}  // namespace weir::domain
