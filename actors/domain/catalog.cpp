#include "actors/domain/catalog.hpp"

#include <algorithm>

namespace weir::domain {

Catalog::Catalog(const std::vector<ModelAlias>& aliases, std::size_t models) : names_{models} {
  configure(aliases);
}

void Catalog::configure(const std::vector<ModelAlias>& aliases) {
  aliases_.clear();
  alias_index_.clear();
  stated_.clear();
  for (const auto& alias : aliases) {
    AliasEntry entry{{}, alias.capability};
    for (const auto& member : alias.members) {
      const auto number = names_.intern(member);
      if (!number) continue;
      entry.members.push_back(*number);
      auto& facts = stated_[*number];
      facts.capability = std::max(facts.capability, alias.capability);
      facts.features |= alias.features;
    }
    alias_index_.emplace(alias.alias, static_cast<std::uint32_t>(aliases_.size()));
    aliases_.push_back(std::move(entry));
  }
}

ModelQuery Catalog::query(std::string_view asked) const {
  using Kind = ModelQuery::Kind;
  if (const auto it = alias_index_.find(std::string{asked}); it != alias_index_.end())
    return {Kind::alias, it->second, aliases_[it->second].capability, 0};
  if (asked == "auto") return {Kind::any, 0, 1, 0};
  return exact(asked);
}

ModelQuery Catalog::exact(std::string_view id) const {
  const auto number = names_.find(id);
  return number ? ModelQuery{ModelQuery::Kind::exact, *number, 0, 0} : ModelQuery{};
}

StatedFacts Catalog::stated(ModelNumber model) const {
  const auto it = stated_.find(model);
  return it == stated_.end() ? StatedFacts{} : it->second;
}

}  // namespace weir::domain
