// Model names: ids that engines offer, aliases from the configuration, and "auto".
#pragma once

#include "actors/domain/interner.hpp"
#include "schema/types/settings.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir::domain {

/// A model's number in the Catalog.
using ModelNumber = std::uint32_t;

/// What a request's `model` stands for.
struct ModelQuery {
  enum class Kind : std::uint8_t { unknown, exact, alias, any };
  Kind kind = Kind::unknown;
  std::uint32_t index = 0;      ///< exact: the model; alias: its place in Catalog::aliases
  std::uint8_t capability = 0;  ///< 1 .. 3 that is asked for; 0: whatever the model has
  Features wants = 0;           ///< any: embeddings or rerank; 0: models that talk
};

struct AliasEntry {
  std::vector<ModelNumber> members;
  std::uint8_t capability = 0;
};

/// What the operator stated about a model through its aliases.
struct StatedFacts {
  std::uint8_t capability = 0;
  Features features = 0;
};

class Catalog {
 public:
  /// Distinct model ids, over all agents and time. Beyond it new models are not offered.
  static constexpr std::size_t models_max = 65'536;

  explicit Catalog(const std::vector<ModelAlias>& aliases, std::size_t models = models_max);

  /// Takes other aliases; the numbers of models stay.
  void configure(const std::vector<ModelAlias>& aliases);
  /// O(1). An alias shadows an engine's model of the same name. `unknown`: no alias, and no
  /// agent ever offered it.
  ModelQuery query(std::string_view asked) const;
  /// An engine's model of this very name, whatever aliases say.
  ModelQuery exact(std::string_view id) const;
  /// The number of a model that an engine offers; nullopt when the catalog is full.
  std::optional<ModelNumber> offered(std::string_view id) { return names_.intern(id); }
  const std::string& name(ModelNumber model) const { return names_.text(model); }
  /// Models 0 .. size()-1 are known.
  std::size_t size() const { return names_.size(); }
  const AliasEntry& alias(std::uint32_t index) const { return aliases_[index]; }
  StatedFacts stated(ModelNumber model) const;

 private:
  Interner names_;
  std::vector<AliasEntry> aliases_;
  std::unordered_map<std::string, std::uint32_t> alias_index_;
  std::unordered_map<ModelNumber, StatedFacts> stated_;
};

}  // namespace weir::domain
