// The lexicon and the formats of credentials, compiled into one automaton (Vectorscan).
#pragma once

#include "actors/domain/grading/reading.hpp"
#include "schema/types/result.hpp"
#include "schema/types/sensitive.hpp"

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace weir::domain {

/// Immutable; any thread may match.
class Patterns {
 public:
  /// errors  invalid_config: a term is empty or too long, or does not compile.
  static Result<std::unique_ptr<const Patterns>> make(const DetectorRules& rules);
  ~Patterns();
  Patterns(const Patterns&) = delete;
  Patterns& operator=(const Patterns&) = delete;

  /// The words of `text` by their ends; whole words only. false: the automaton failed.
  bool match(std::string_view text, std::vector<Hit>& hits) const;
  std::size_t bytes() const;

 private:
  struct Compiled;
  explicit Patterns(std::unique_ptr<const Compiled> compiled);
  std::unique_ptr<const Compiled> compiled_;
};

}  // namespace weir::domain
