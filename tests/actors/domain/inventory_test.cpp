#include "actors/domain/inventory.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace weir;
using namespace weir::domain;

namespace {

EngineInventory engine(std::uint32_t number, std::size_t models) {
  EngineInventory e;
  e.engine = number;
  for (std::size_t i = 0; i < models; ++i)
    e.models.push_back({std::to_string(i) + std::string(200, 'x'), "", "", 0, 0, 0, true});
  return e;
}

Inventory of(const std::vector<std::size_t>& models) {
  Inventory i;
  for (const auto n : models)
    i.engines.push_back(engine(static_cast<std::uint32_t>(i.engines.size()), n));
  return i;
}

}  // namespace

TEST_CASE("inventory: one that fits is left as it is") {
  auto i = of({100, 3});
  CHECK(cut_to(inventory_bytes_max, i) == InventoryCut{});
  CHECK(i.engines[0].models.size() == 100);
  CHECK(i.engines[1].models.size() == 3);
}

TEST_CASE("inventory: the engines with most models lose theirs, small ones keep all") {
  auto i = of({5'000, 20, 3'000});
  const auto cut = cut_to(inventory_bytes_max, i);
  CHECK(encoded_bytes(i) <= inventory_bytes_max);
  CHECK(encoded_bytes(i) > inventory_bytes_max * 9 / 10);  // no more than needed is cut
  CHECK(i.engines[1].models.size() == 20);
  CHECK(i.engines[0].models.size() == i.engines[2].models.size());
  CHECK(cut.models == 8'000 - 2 * i.engines[0].models.size());
  CHECK(cut.tenants == 0);
  CHECK(i.engines[0].models[0].id == engine(0, 1).models[0].id);  // from the end
}

TEST_CASE("inventory: equal inventories are cut equally, and a cut one is not cut again") {
  auto a = of({4'000, 4'000}), b = of({4'000, 4'000});
  CHECK(cut_to(100'000, a) == cut_to(100'000, b));
  CHECK(a.engines[0].models.size() == b.engines[0].models.size());
  CHECK(cut_to(100'000, a) == InventoryCut{});
}

TEST_CASE("inventory: tenants beyond half the limit are left out, and the models still fit") {
  auto i = of({3'000});
  i.accept.tenants.assign(10'000, std::string(256, 't'));
  const auto cut = cut_to(inventory_bytes_max, i);
  CHECK(encoded_bytes(i) <= inventory_bytes_max);
  CHECK(cut.tenants == 10'000 - i.accept.tenants.size());
  CHECK(i.accept.tenants.size() > 900);
  CHECK(i.engines[0].models.size() > 900);
}
