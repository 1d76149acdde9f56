#include "schema/types/price.hpp"

#include <algorithm>

namespace weir {
namespace {

std::uint64_t count(Tokens tokens) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, tokens.count()));
}

}  // namespace

MicroUsd price_of(std::uint64_t tokens, MicroUsd per_mtok) {
  constexpr std::uint64_t most = 1ULL << 61U, million = 1'000'000;
  if (per_mtok.count() <= 0 || tokens == 0) return {};
  const auto price = static_cast<std::uint64_t>(per_mtok.count());
  if (price / million >= most / tokens || tokens >= most / million)
    return MicroUsd{static_cast<std::int64_t>(most)};
  return MicroUsd{static_cast<std::int64_t>(price / million * tokens +
                                            (price % million * tokens + million - 1) / million)};
}

MicroUsd cost_of(const Usage& usage, MicroUsd in_per_mtok, MicroUsd out_per_mtok) {
  return price_of(count(usage.prompt), in_per_mtok) +
         price_of(count(usage.completion), out_per_mtok);
}

}  // namespace weir
